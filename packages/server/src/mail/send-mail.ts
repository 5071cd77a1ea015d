/** Sends one message through the site's mail server, and says in the words of the catalogue what went wrong. */
import { OstlerError } from '@ostler/contract';
import { createTransport } from 'nodemailer';
import type { OpenMailServer } from './server-store.ts';

export interface Message {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

/**
 * @returns what the server said when it took the message
 * @throws OstlerError MAIL_SERVER_UNREACHABLE, MAIL_NOT_ENCRYPTED, MAIL_LOGIN_REFUSED, MAIL_REFUSED
 */
export type SendMail = (server: OpenMailServer, message: Message, signal: AbortSignal) => Promise<string>;

/** Of each: connecting, the greeting, an answer. */
const timeoutMs = 8000;
/** The whole: less than an outbox's delivery is leased for. */
const wholeTimeoutMs = 28_000;

/** @param trustedAuthorities certificates (PEM) that a mail server's may lead to */
export function createSendMail(trustedAuthorities: () => string[]): SendMail {
  return async (server, { to, subject, text }, signal) => {
    const { host, port, security, account, password, sender } = server;
    const transport = createTransport({
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      ...(account === null ? {} : { auth: { user: account, pass: password ?? '' } }),
      ...(security === 'none' ? {} : { tls: { ca: trustedAuthorities(), minVersion: 'TLSv1.2' } }),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      // A message is text: it takes nothing from this machine and nothing from the network along.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    try {
      const { response, rejected } = await transport.sendMail({
        from: sender,
        to: [...to],
        subject,
        text,
        // RFC 3834: nobody's absence answers it.
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.any([signal, AbortSignal.timeout(wholeTimeoutMs)]),
      });
      if (rejected.length > 0) throw new OstlerError('MAIL_REFUSED', { host, reason: `it takes nothing for ${rejected.join(', ')}` });
      return response;
    } catch (error) {
      throw problemOf(error, server);
    } finally {
      transport.close();
    }
  };
}

type Problem = (server: OpenMailServer, reason: string, cause: unknown) => OstlerError;

const notEncrypted: Problem = ({ host, port }, reason, cause) => new OstlerError('MAIL_NOT_ENCRYPTED', { host, port, reason }, { cause });
const loginRefused: Problem = ({ host, account }, reason, cause) => {
  return new OstlerError('MAIL_LOGIN_REFUSED', { host, account: account ?? '', reason }, { cause });
};
const messageRefused: Problem = ({ host }, reason, cause) => new OstlerError('MAIL_REFUSED', { host, reason }, { cause });
const unreachable: Problem = ({ host, port }, reason, cause) =>
  new OstlerError('MAIL_SERVER_UNREACHABLE', { host, port, reason }, { cause });

/** By nodemailer's codes; what is not here is about the connection. */
const problems: Readonly<Record<string, Problem>> = {
  ETLS: notEncrypted,
  EREQUIRETLS: notEncrypted,
  EAUTH: loginRefused,
  ENOAUTH: loginRefused,
  EENVELOPE: messageRefused,
  EMESSAGE: messageRefused,
};

function problemOf(error: unknown, server: OpenMailServer): unknown {
  if (!(error instanceof Error) || error instanceof OstlerError) return error;
  // Safe: nodemailer's errors have them, and only optional reads follow.
  const { code = '', response } = error as Error & { readonly code?: string; readonly response?: string };
  const isCertificate = /certificate|altnames|self-signed/i.test(error.message);
  const problem = isCertificate ? notEncrypted : (problems[code] ?? unreachable);
  return problem(server, response ?? error.message, error);
}
