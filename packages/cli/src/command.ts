/** What a command is made of: its words, arguments, options, and what it does with a connected client. */
import type { Client, RouteAnswer, RouteName } from '@ostler/contract';
import type { Output } from './output.ts';

export interface CommandContext {
  readonly client: Client;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Values as the command line gave them, by option name. */
export type Values = Readonly<Record<string, string | boolean | string[] | undefined>>;

export interface ApiCommand {
  /** `image import`. */
  readonly words: string;
  readonly summary: string;
  /** `<image>` is required, `[index]` optional, `<names...>` several. */
  readonly arguments?: readonly string[];
  /** Flag to help text: `'--suite <name>': 'Debian suite'`. A default is `['text', 'default']`. */
  readonly options?: Readonly<Record<string, string | readonly [string, string]>>;
  /** Examples and explanations under the help. */
  readonly help?: string;
  run(context: CommandContext, args: readonly string[], values: Values): Promise<void>;
}

/** A command that can do its work, or a part of it, without a site. */
export interface LocalCommand extends Omit<ApiCommand, 'run'> {
  runLocally(context: LocalContext, args: readonly string[], values: Values): Promise<void>;
}
export interface LocalContext extends Omit<CommandContext, 'client'> {
  /** @throws OstlerError NO_SITE when nothing names a server */
  readonly connect: () => Promise<CommandContext>;
}

/** The option's text, or undefined when it was not given. */
export function text(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function texts(values: Values, name: string): string[] {
  const value = values[name];
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? [value] : [];
}

type ListRoute = { [N in RouteName]: RouteAnswer<N> extends { items: { id: string }[] } ? N : never }[RouteName];
type ItemOf<N extends ListRoute> = RouteAnswer<N> extends { items: (infer T)[] } ? T : never;

/** The answer's items. The cast is safe: ListRoute admits only routes whose answer has them. */
export async function listItems<N extends ListRoute>(context: CommandContext, route: N): Promise<ItemOf<N>[]> {
  const answer = await context.client.call(route, {} as Parameters<typeof context.client.call<N>>[1], context.signal);
  return (answer as { items: ItemOf<N>[] }).items;
}
