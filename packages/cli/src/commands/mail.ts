/** Commands for the mail server that the site sends through. */
import { MailSecurity, OstlerError, type MailServer, type SetMailServer } from '@ostler/contract';
import { text, type ApiCommand, type Values } from '../command.ts';
import { formatFacts } from '../output.ts';
import { readTextFile } from '../read-text-file.ts';

const noServer = 'The site sends no mail. Name its mail server with: ostler site mail set HOST --sender ADDRESS';

function serverText(server: MailServer | null): string {
  return server === null ? noServer : formatFacts(server);
}

/** @throws OstlerError BAD_REQUEST, FILE_NOT_READABLE */
async function givenServer(host: string, values: Values): Promise<SetMailServer> {
  const security = MailSecurity.safeParse(text(values, 'security'));
  if (!security.success) throw new OstlerError('BAD_REQUEST', { problem: `--security takes ${MailSecurity.options.join(', ')}` });
  const usualPort = { tls: 465, starttls: 587, none: 25 }[security.data];
  const passwordFile = text(values, 'passwordFile');
  const password = passwordFile === undefined ? {} : { password: (await readTextFile(passwordFile)).trimEnd() };
  return {
    host,
    port: Number(text(values, 'port') ?? usualPort),
    security: security.data,
    account: text(values, 'account') ?? null,
    sender: text(values, 'sender') ?? '',
    ...password,
  };
}

export const mailCommands: readonly ApiCommand[] = [
  {
    words: 'site mail show',
    summary: 'Show the mail server that the site sends through',
    run: async ({ client, output, signal }) => {
      const { server } = await client.call('mailServer.get', {}, signal);
      output.result(server, () => serverText(server));
    },
  },
  {
    words: 'site mail set',
    summary: 'Send mail through this server',
    arguments: ['<host>'],
    options: {
      '--sender <address>': 'whom messages are from (needed)',
      '--port <port>': 'its port (default: 587 with starttls, 465 with tls, 25 with none)',
      '--security <way>': ['tls, starttls, or none for a server that takes mail without an account', 'starttls'],
      '--account <name>': 'the account to sign in with',
      '--password-file <file>': 'a file with its password; without it the one stays that the site has for this host, port and account',
    },
    help: `With starttls and tls the server's certificate is verified, and a server that does not encrypt gets neither account nor message.

  ostler site mail set smtp.example --sender ostler@example.org --account ostler --password-file password`,
    run: async ({ client, output, signal }, [host = ''], values) => {
      const { server } = await client.call('mailServer.set', { body: await givenServer(host, values) }, signal);
      output.result(server, () => serverText(server));
    },
  },
  {
    words: 'site mail test',
    summary: 'Send a test message now, and say how that went',
    options: { '--to <address>': 'who gets it (needed)' },
    run: async ({ client, output, signal }, _args, values) => {
      const sent = await client.call('mailServer.test', { body: { to: text(values, 'to') ?? '' } }, signal);
      output.result(sent, () => `The mail server has taken a message to ${sent.to}: ${sent.response}`);
    },
  },
  {
    words: 'site mail remove',
    summary: 'Send no mail any more, and forget the password',
    run: async ({ client, output, signal }) => {
      await client.call('mailServer.remove', {}, signal);
      output.result({ server: null }, () => noServer);
    },
  },
];
