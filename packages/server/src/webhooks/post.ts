/** Posts one body to a webhook's receiver. What its answer says beside the status is read to its end and thrown away: it is nobody's here. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { createSecureContext } from 'node:tls';
import { isOstlerError, OstlerError } from '@ostler/contract';
import { trustedAuthorities } from '../certificates/trusted-authorities.ts';
import type { ReachableAddresses } from './reachable-addresses.ts';

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @throws OstlerError WEBHOOK_ADDRESS_REFUSED, WEBHOOK_UNREACHABLE, WEBHOOK_TIMED_OUT, WEBHOOK_REFUSED unless the status is one of 200 to 299 */
export type Post = (request: WebhookRequest, signal: AbortSignal) => Promise<void>;

/** A receiver that has longer work to do answers first. */
const usualTimeoutMs = 15_000;
const answerLimitBytes = 64 * 1024;

export function createPost(addresses: ReachableAddresses, timeoutMs = usualTimeoutMs): Post {
  let agent: HttpsAgent | null = null;
  // Reading the system's authorities takes a third of a second: whoever has no webhook does not pay for it.
  const httpsAgent = () =>
    (agent ??= new HttpsAgent({ keepAlive: false, secureContext: createSecureContext({ ca: trustedAuthorities() }) }));
  return async ({ url, headers, body }, signal) => {
    const { host, protocol } = new URL(url);
    addresses.requireReachable(url);
    const ending = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const length = String(Buffer.byteLength(body));
    const options = {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-length': length, 'user-agent': 'Ostler' },
      // Each request has a connection of its own, so that its address is looked at.
      lookup: addresses.lookup,
      signal: ending,
    } as const;
    const request =
      protocol === 'https:' ? httpsRequest(url, { ...options, agent: httpsAgent() }) : httpRequest(url, { ...options, agent: false });
    const status = await new Promise<number>((resolve, reject) => {
      request.once('response', (answer) => {
        throwAway(answer, () => resolve(answer.statusCode ?? 0));
      });
      request.once('error', (error) => reject(problemOf(error, { host, ending, timeoutMs })));
      request.end(body);
    });
    if (status < 200 || status > 299) throw new OstlerError('WEBHOOK_REFUSED', { host, status });
  };
}

/** The status has been said: what follows may be long, slow or broken. */
function throwAway(answer: IncomingMessage, ended: () => void): void {
  let receivedBytes = 0;
  answer.on('data', (chunk: Buffer) => {
    receivedBytes += chunk.length;
    if (receivedBytes > answerLimitBytes) answer.destroy();
  });
  answer.on('error', ended);
  answer.once('close', ended);
}

interface Attempt {
  readonly host: string;
  readonly ending: AbortSignal;
  readonly timeoutMs: number;
}

function problemOf(error: Error, { host, ending, timeoutMs }: Attempt): OstlerError {
  if (isOstlerError(error)) return error;
  const { reason } = ending as { readonly reason?: unknown };
  if (reason instanceof DOMException && reason.name === 'TimeoutError') {
    return new OstlerError('WEBHOOK_TIMED_OUT', { host, seconds: timeoutMs / 1000 }, { cause: error });
  }
  return new OstlerError('WEBHOOK_UNREACHABLE', { host, reason: error.message || String(error) }, { cause: error });
}
