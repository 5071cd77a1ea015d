/** Tells the site what is there and hears what should be: every few seconds, and soon after a change. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freeBytes } from '@ostler/content';
import { ApiError, OstlerError, type Client } from '@ostler/contract';
import type { Logger } from 'pino';
import type { KeptContent } from './kept-content.ts';

export interface TalkDependencies {
  readonly kept: KeptContent;
  readonly client: Pick<Client, 'call' | 'serverUrl'>;
  readonly contentFolder: string;
  readonly log: Logger;
  readonly now: () => number;
  /** Between two talks where nothing changes. */
  readonly everyMs: number;
}

export interface Talk {
  /** Milliseconds since 1970 by the site's clock, as far as it is known. */
  siteNow(): number;
  /** When the site was last heard; null before that. */
  lastHeardMs(): number | null;
  /** Why the site was not heard at the last try; null when it was. */
  problem(): string | null;
  /** Talks to the site soon. */
  wake(): void;
  /** Until the signal aborts. */
  keepTalking(signal: AbortSignal): Promise<void>;
}

/** After a change: several of them become one call. */
const soonMs = 250;
const callTimeoutMs = 30_000;
const skewMs = 60_000;

export function createTalk({ kept, client, contentFolder, log, now, everyMs }: TalkDependencies): Talk {
  const state = { offsetMs: 0, heardMs: null as number | null, problem: null as string | null };
  let waker = new AbortController();
  const exchange = async (signal: AbortSignal): Promise<void> => {
    const body = { freeBytes: await freeBytes(contentFolder), content: kept.report() };
    const answer = await client.call('pointApi.sync', { body }, AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]));
    await kept.accept(answer, now());
    state.heardMs = now();
    state.offsetMs = Date.parse(answer.siteTime) - state.heardMs;
    if (Math.abs(state.offsetMs) > skewMs) log.warn({ offsetMs: state.offsetMs }, 'the clock differs from the site’s');
  };
  const talkOnce = async (signal: AbortSignal): Promise<void> => {
    try {
      await exchange(signal);
      if (state.problem !== null) log.info('the site answers again');
      state.problem = null;
    } catch (error) {
      if (signal.aborted) return;
      const known = explain(error, client.serverUrl);
      if (state.problem !== known.message) log.error({ err: known }, 'the site cannot be talked to');
      state.problem = known.message;
    }
  };
  return {
    siteNow: () => now() + state.offsetMs,
    lastHeardMs: () => state.heardMs,
    problem: () => state.problem,
    wake: () => waker.abort(),
    keepTalking: async (signal) => {
      while (!signal.aborted) {
        await talkOnce(signal);
        await sleep(everyMs, undefined, { signal: AbortSignal.any([signal, waker.signal]) }).catch(() => undefined);
        if (!waker.signal.aborted) continue;
        waker = new AbortController();
        await sleep(soonMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

function explain(error: unknown, url: string): Error {
  if (error instanceof ApiError && error.status === 401) return new OstlerError('DISTRIBUTION_POINT_REFUSED', { url }, { cause: error });
  const reason = untrusted(error);
  if (reason !== null) return new OstlerError('SITE_NOT_TRUSTED', { url, reason }, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}

/** Of OpenSSL's verification: the certificate leads to another CA (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const otherAuthority: readonly unknown[] = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
];

/** The verification's sentence; null: it is another mistake. */
function untrusted(thrown: unknown): string | null {
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    if ('code' in error && otherAuthority.includes(error.code)) return error.message;
  }
  return null;
}
