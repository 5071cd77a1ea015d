/** A real SMTP server on loopback: it keeps what it took. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { KeyPair } from '../src/http/servers.ts';

export interface TakenMessage {
  readonly to: readonly string[];
  readonly encrypted: boolean;
  readonly account: string | null;
  readonly text: string;
}

export interface MailServerForTests extends AsyncDisposable {
  readonly port: number;
  readonly taken: TakenMessage[];
}

export const mailAccount = { user: 'ostler', password: 'let me send, please' } as const;

/** With an account, and STARTTLS with this certificate; `options` say what is different. */
export async function startMailServer(keyPair: KeyPair, options: SMTPServerOptions = {}): Promise<MailServerForTests> {
  const taken: TakenMessage[] = [];
  const server = new SMTPServer({
    logger: false,
    cert: keyPair.certificate,
    key: keyPair.key,
    onAuth: ({ username, password }, _session, callback) => {
      if (username === mailAccount.user && password === mailAccount.password) callback(null, { user: username });
      else callback(new Error('the account is not known here'));
    },
    onData: (stream, session, callback) => {
      const take = async (): Promise<void> => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        const account = typeof session.user === 'string' ? session.user : null;
        taken.push({ to, encrypted: session.secure, account, text: await text(stream) });
        callback(null, 'taken');
      };
      void take();
    },
    ...options,
  });
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    taken,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
      }),
  };
}
