/** The client proves itself to the site, once, asking the person at the terminal where the site asks for a password. */
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { OstlerError, type DeviceFacts, type EnrolAnswer, type EnrolClient } from '@ostler/contract';
import type { ServerLink } from '../server-link.ts';

export interface EnrolOptions {
  readonly link: Pick<ServerLink, 'call'>;
  readonly facts: DeviceFacts;
  readonly computerName: string;
  readonly token: string | undefined;
  /** Asks without showing what is typed. */
  readonly askPassword: (question: string) => Promise<string>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export type Enrolled = Extract<EnrolAnswer, { state: 'enrolled' }>;

/** @throws OstlerError AGENT_REFUSED, SERVER_UNREACHABLE */
export async function enrol(options: EnrolOptions): Promise<Enrolled> {
  const { link, facts, computerName, token, askPassword, say, signal } = options;
  const claim = randomBytes(16).toString('hex');
  const common: EnrolClient = { facts, computerName, claim, ...(token === undefined ? {} : { token }) };
  let body = common;
  let told = false;
  for (;;) {
    const answer = await link.call('client.enrol', { body }, { signal, patienceMs: 60_000 });
    if (answer.state === 'enrolled') return answer;
    if (answer.state === 'refused') throw new OstlerError('AGENT_REFUSED', { reason: answer.reason });
    if (answer.state === 'waiting-for-approval') {
      if (!told) say(`Waiting for approval. An administrator can give it with: ostler device approve ${answer.deviceName}`);
      told = true;
      await setTimeout(Math.max(1, answer.pollSeconds) * 1000, undefined, { signal });
      continue;
    }
    if (answer.retryAfterSeconds > 0) {
      say(`Too many wrong passwords: the next try is possible in ${answer.retryAfterSeconds} seconds.`);
      await setTimeout(answer.retryAfterSeconds * 1000, undefined, { signal });
    }
    body = { ...common, password: await askPassword(answer.wrong ? 'The password was wrong. The site’s password' : 'The site’s password') };
  }
}
