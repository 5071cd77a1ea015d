/** Commands for sessions: where an account is signed in. */
import { OstlerError, type Session } from '@ostler/contract';
import { text, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';

const accountOption = { '--account <account>': 'of this account instead of your own' };

function sessionTable(sessions: readonly Session[]): string {
  return formatTable(
    sessions,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'FROM', value: ({ address }) => address },
      { title: 'SINCE', value: ({ createdAt }) => createdAt },
      { title: 'LAST USED', value: ({ lastUsedAt }) => lastUsedAt },
    ],
    'There is no session. Command lines and scripts have API tokens instead: ostler token list',
  );
}

async function accountId(context: CommandContext, values: Values): Promise<string | null> {
  const name = text(values, 'account');
  return name === undefined ? null : resolveId(context, 'account', name);
}

export const sessionCommands: readonly ApiCommand[] = [
  {
    words: 'session list',
    summary: 'Show where you, or somebody else, is signed in',
    options: accountOption,
    run: async (context, _args, values) => {
      const { client, output, signal } = context;
      const id = await accountId(context, values);
      const { items } =
        id === null ? await client.call('sessions.list', {}, signal) : await client.call('accounts.sessions', { params: { id } }, signal);
      output.result(items, () => sessionTable(items));
    },
  },
  {
    words: 'session end',
    summary: 'End a session, or every session of an account',
    arguments: ['[session]'],
    options: { ...accountOption, '--all': 'every one of the account’s' },
    help: 'API tokens stay: `ostler account disable` ends both.\n\n  ostler session end --account maria --all',
    run: async (context, [sessionId], values) => {
      const { client, output, signal } = context;
      const id = await accountId(context, values);
      if ((sessionId === undefined) !== (values['all'] === true && id !== null)) {
        throw new OstlerError('BAD_REQUEST', { problem: 'give a session, or --account and --all' });
      }
      if (sessionId === undefined) await client.call('accounts.endSessions', { params: { id: id ?? '' } }, signal);
      else if (id === null) await client.call('sessions.end', { params: { id: sessionId } }, signal);
      else await client.call('accounts.endSession', { params: { id, sessionId } }, signal);
      output.result({ account: id, session: sessionId ?? null }, () => (sessionId === undefined ? 'They have ended.' : 'It has ended.'));
    },
  },
];
