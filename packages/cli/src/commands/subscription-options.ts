/** What the commands have in common of whoever is told of events: options that say of which, and the deliveries. */
import { DeliveryState, EventKind, eventKinds, OstlerError, type Delivery } from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { formatTable } from '../output.ts';
import { resolveId, type Kind } from '../resolve.ts';

export const subscriptionOptions = {
  '--event <kind...>': 'only these kinds of events, or all',
  '--collection <collection...>': 'only what concerns computers in these collections and deployments to them, or all',
  '--enabled <yes|no>': 'whether it is told of anything',
};

const width = Math.max(...EventKind.options.map((kind) => kind.length));

/** Every kind, for the help of a command. */
export const eventHelp = [
  'Kinds of events:',
  ...EventKind.options.map((kind) => `  ${kind.padEnd(width)}  ${eventKinds[kind].summary}`),
  'With --collection nothing is told of the site itself: jobs, backups, distribution points.',
].join('\n');

/** What was given of them. @throws OstlerError BAD_REQUEST, NOT_FOUND, AMBIGUOUS_NAME */
export async function givenSubscription(context: CommandContext, values: Values) {
  const [kinds, names, enabled] = [texts(values, 'event'), texts(values, 'collection'), text(values, 'enabled')];
  return {
    ...(kinds.length === 0 ? {} : { events: kinds[0] === 'all' ? null : kinds.map(eventKindOf) }),
    ...(names.length === 0 ? {} : { collectionIds: names[0] === 'all' ? null : await collectionIdsOf(context, names) }),
    ...(enabled === undefined ? {} : { enabled: isYes(enabled) }),
  };
}

/** `all`, or the words. */
export function limitText(words: readonly string[] | null): string {
  return words === null ? 'all' : words.join(' ');
}

function collectionIdsOf(context: CommandContext, names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map((name) => resolveId(context, 'collection', name)));
}

function eventKindOf(word: string): EventKind {
  const kind = EventKind.safeParse(word);
  if (kind.success) return kind.data;
  throw new OstlerError('BAD_REQUEST', { problem: `${word} is not a kind of event; there are ${EventKind.options.join(', ')}` });
}

function isYes(word: string): boolean {
  if (word !== 'yes' && word !== 'no') throw new OstlerError('BAD_REQUEST', { problem: '--enabled takes yes or no' });
  return word === 'yes';
}

/** `healthy`, `disabled`, `failing since …`. */
export function stateText({ enabled, failingSince }: { readonly enabled: boolean; readonly failingSince: string | null }): string {
  if (!enabled) return 'disabled';
  return failingSince === null ? 'healthy' : `failing since ${failingSince}`;
}

const retryHelp = `What fails is tried again after 5 seconds, a minute, 5 and 30 minutes, 2 and 6 hours, then every 12 hours, and is given up three days after
the event. The same delivery may arrive twice, with the same id, and in another order than things happened. Deliveries are kept for 14 days.`;

/** `webhook deliveries`, and the like. */
export function deliveriesCommand(group: string, kind: Kind, route: 'webhooks.deliveries' | 'notifications.deliveries'): ApiCommand {
  return {
    words: `${group} deliveries`,
    summary: 'List what was sent or waits, newest first',
    arguments: [`<${group}>`],
    options: { '--state <state>': `only these: ${DeliveryState.options.join(', ')}`, '--limit <n>': ['how many', '100'] },
    help: retryHelp,
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, kind, name);
      const state = DeliveryState.optional().safeParse(text(values, 'state'));
      if (!state.success) throw new OstlerError('BAD_REQUEST', { problem: `--state takes ${DeliveryState.options.join(', ')}` });
      const query = { state: state.data, limit: Number(text(values, 'limit')) };
      const { items } = await context.client.call(route, { params: { id }, query }, context.signal);
      context.output.result(items, () => deliveryTable(items));
    },
  };
}

function deliveryTable(deliveries: readonly Delivery[]): string {
  return formatTable(
    deliveries,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'EVENT', value: ({ event }) => event },
      { title: 'HAPPENED', value: ({ eventAt }) => eventAt },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'ATTEMPTS', value: ({ attempts }) => attempts },
      { title: 'NEXT', value: ({ nextAttemptAt }) => nextAttemptAt },
      { title: 'ERROR', value: ({ error }) => error?.message ?? '' },
    ],
    'Nothing was sent, and nothing waits.',
  );
}
