/** Options that say which events somebody is told of. */
import { EventKind, eventKinds, OstlerError } from '@ostler/contract';
import { text, texts, type CommandContext, type Values } from '../command.ts';
import { resolveId } from '../resolve.ts';

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
