/**
 * The line to the server: typed calls that are tried again until the server answers. A lost network is told to whoever shows it.
 * Content goes another way (content-access.ts).
 */
import { setTimeout } from 'node:timers/promises';
import {
  answeredError,
  ApiError,
  askedToWaitMs,
  createClient,
  ErrorBody,
  isPassingAnswer,
  OstlerError,
  type Client,
  type RouteAnswer,
  type RouteName,
  type RouteRequest,
} from '@ostler/contract';

export interface Patience {
  readonly signal: AbortSignal;
  /** How long to try while there is no answer; Infinity is for ever. */
  readonly patienceMs: number;
}

export interface LinkOptions {
  readonly serverUrl: string;
  readonly key: string | null;
  readonly fetch: typeof globalThis.fetch;
  /** Called with the reason when the server stops answering, and with null when it answers again. */
  readonly onConnection: (problem: string | null) => void;
  readonly firstWaitMs: number;
}

const longestWaitMs = 15_000;
const requestTimeoutMs = 30_000;
const answerWithinMs = 5000;

export class ServerLink {
  readonly serverUrl: string;
  readonly key: string | null;
  readonly #options: LinkOptions;
  readonly #client: Client;

  constructor(options: LinkOptions) {
    this.serverUrl = options.serverUrl;
    this.key = options.key;
    this.#options = options;
    this.#client = createClient({ serverUrl: options.serverUrl, token: options.key, fetch: options.fetch });
  }

  /** The same line with the key that the server gave. */
  withKey(key: string): ServerLink {
    return new ServerLink({ ...this.#options, key });
  }

  /** Whether the server answers now; waits a few seconds for it. */
  async answers(signal: AbortSignal): Promise<boolean> {
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]);
      const { body } = await this.#options.fetch(`${this.serverUrl}/healthz`, { signal: limited });
      await body?.cancel();
      return true;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  }

  /**
   * Calls one route until the server answers. @throws OstlerError with the server's own error; when patience has ended
   * SERVER_BUSY, with the time that the server asks for, or SERVER_UNREACHABLE.
   */
  call<N extends RouteName>(name: N, request: RouteRequest<N>, patience: Patience): Promise<RouteAnswer<N>> {
    return this.#patiently((signal) => this.#client.call(name, request, signal), patience);
  }

  /**
   * Sends a piece of a resumable stream. @returns the offset that the server now has.
   */
  append(path: string, offset: number, body: Buffer, contentType: string, patience: Patience): Promise<number> {
    return this.#patiently(async (signal) => {
      const headers = { 'content-type': contentType, 'upload-offset': String(offset), authorization: `Bearer ${this.key ?? ''}` };
      const answer = await this.#options.fetch(`${this.serverUrl}${path}`, {
        method: 'PATCH',
        headers,
        body: new Uint8Array(body),
        signal,
      });
      const offsetNow = answer.headers.get('upload-offset');
      if (answer.ok && offsetNow !== null) return Number(offsetNow);
      const refusal = ErrorBody.safeParse(await answer.json().catch(() => null));
      const unknown: ErrorBody = { code: 'INTERNAL', message: `The server answered with status ${answer.status}.`, details: {} };
      throw new ApiError(answer.status, refusal.data ?? unknown);
    }, patience);
  }

  async #patiently<T>(attempt: (signal: AbortSignal) => Promise<T>, { signal, patienceMs }: Patience): Promise<T> {
    const began = performance.now();
    for (let stepMs = this.#options.firstWaitMs; ; stepMs = Math.min(stepMs * 2, longestWaitMs)) {
      let waitMs = scattered(stepMs);
      try {
        const answer = await attempt(AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]));
        this.#options.onConnection(null);
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        if (!isPassing(error)) throw knownError(error);
        const reason = reasonOf(error);
        this.#options.onConnection(reason);
        const askedMs = askedToWaitMs(error);
        waitMs = Math.max(waitMs, askedMs);
        if (performance.now() - began + waitMs > patienceMs) {
          throw askedMs > 0 ? knownError(error) : new OstlerError('SERVER_UNREACHABLE', { url: this.serverUrl, reason }, { cause: error });
        }
      }
      await setTimeout(waitMs, undefined, { signal });
    }
  }
}

/** Computers that lost the server at the same moment do not come back to it at the same moment. */
function scattered(waitMs: number): number {
  return waitMs * (0.5 + Math.random() / 2);
}

/** No answer, an overloaded server or a proxy in trouble: worth another try. What the server refuses stays refused. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) return isPassingAnswer(error.status, error.body.code);
  return error instanceof TypeError || (error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.message || error.message;
}

/** The server's error as the catalogue knows it. */
function knownError(error: unknown): unknown {
  return error instanceof ApiError ? (answeredError(error.body, { cause: error }) ?? error) : error;
}
