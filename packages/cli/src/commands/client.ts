/** Commands for clients: the agent that stays in installed systems. */
import { createHash } from 'node:crypto';
import { streamPath, type EnrolledClient, type EnrolmentToken } from '@ostler/contract';
import { text, type ApiCommand } from '../command.ts';
import { formatTable } from '../output.ts';
import { readText } from '../read-stream.ts';
import { resolveId } from '../resolve.ts';

function clientTable(clients: readonly EnrolledClient[]): string {
  return formatTable(
    clients,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'COMPUTER', value: ({ deviceName }) => deviceName },
      { title: 'ENROLLED', value: ({ enrolledAt }) => enrolledAt },
      { title: 'BY', value: ({ enrolledBy }) => enrolledBy },
      { title: 'LAST POLL', value: ({ lastPollAt }) => lastPollAt },
    ],
    'No computer has the client.',
  );
}

function tokenTable(tokens: readonly EnrolmentToken[]): string {
  return formatTable(
    tokens,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'FOR', value: ({ deviceName }) => deviceName ?? 'any computer' },
      { title: 'BY', value: ({ createdBy }) => createdBy },
      { title: 'EXPIRES', value: ({ expiresAt }) => expiresAt },
    ],
    'There are no enrolment tokens.',
  );
}

/**
 * One line for a root shell: whatever the network is, only this very script is run, and it has the site's CA.
 * @param usedUrl where this command line reaches the site: `localhost` on its server, so the address that the script itself has comes first
 */
export function oneLine(usedUrl: string, script: string, token: string | undefined): string {
  const sha256 = createHash('sha256').update(script).digest('hex');
  const serverUrl = /^site='([^']+)'$/m.exec(script)?.[1] ?? usedUrl;
  const url = `${serverUrl}${streamPath('client.installScript')}`;
  const words = token === undefined ? '' : ` --token ${token}`;
  return `f=$(mktemp) && curl -fsSk -o "$f" ${url} && echo "${sha256}  $f" | sha256sum -c --status && sh "$f"${words}; rm -f "$f"`;
}

export const clientCommands: readonly ApiCommand[] = [
  {
    words: 'client list',
    summary: 'List the computers that have the client',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('clients.list', {}, signal);
      output.result(items, () => clientTable(items));
    },
  },
  {
    words: 'client install-script',
    summary: 'Print the script that installs the client on a Linux computer, or one line that fetches and runs it there',
    options: {
      '--one-line': 'one line for a root shell; it pins the script by its hash, and the script pins the site’s CA',
      '--enrol': 'with --one-line: make an enrolment token and put it into the line',
      '--for <device>': 'with --enrol: the token is good for this device only',
    },
    help: `The script holds nothing secret. Without a token the computer proves itself as the site says (site set --trust): by the password
that is typed there, by approval, or automatically.

  ostler client install-script > install-client.sh      # then, there: sh install-client.sh --token TOKEN
  ostler client install-script --one-line --enrol       # one line for the root shell of one computer`,
    run: async (context, _args, values) => {
      const script = await readText(context, 'client.installScript', {});
      if (values['oneLine'] !== true) return context.output.result({ script }, () => script.trimEnd());
      let token: string | undefined;
      if (values['enrol'] === true) {
        const device = text(values, 'for');
        const deviceId = device === undefined ? null : await resolveId(context, 'device', device);
        ({ token } = await context.client.call('enrolmentTokens.create', { body: { deviceId } }, context.signal));
      }
      const line = oneLine(context.client.serverUrl, script, token);
      context.output.result({ line }, () => line);
    },
  },
  {
    words: 'client revoke',
    summary: 'End the key of a computer’s client; what runs there goes on',
    arguments: ['<client>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'client', name);
      await context.client.call('clients.revoke', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The client of ${name} is revoked.`);
    },
  },
  {
    words: 'client create-token',
    summary: 'Make a token that lets one computer enrol; it is shown once',
    options: { '--for <device>': 'this device only', '--hours <hours>': ['how long it can be used', '24'] },
    help: 'A computer that the site does not know becomes one of its devices, under its own host name.',
    run: async (context, _args, values) => {
      const device = text(values, 'for');
      const deviceId = device === undefined ? null : await resolveId(context, 'device', device);
      const body = { deviceId, hours: Number(text(values, 'hours')) };
      const created = await context.client.call('enrolmentTokens.create', { body }, context.signal);
      context.output.result(created, () => created.token);
    },
  },
  {
    words: 'client tokens',
    summary: 'List the enrolment tokens that have not been used',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('enrolmentTokens.list', {}, signal);
      output.result(items, () => tokenTable(items));
    },
  },
  {
    words: 'client delete-token',
    summary: 'Delete an enrolment token',
    arguments: ['<id>'],
    run: async ({ client, output, signal }, [id = '']) => {
      await client.call('enrolmentTokens.delete', { params: { id } }, signal);
      output.result({ id }, () => `The enrolment token ${id} is deleted.`);
    },
  },
];
