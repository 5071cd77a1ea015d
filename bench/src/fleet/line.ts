/**
 * A computer's line to the site, as its agent has it: HTTPS that trusts the site's CA alone, asked again while there is no answer. What is
 * asked and how it was answered is counted.
 */
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApiError,
  apiErrorOf,
  askedToWaitMs,
  createClient,
  fillPath,
  isPassingAnswer,
  streamRoutes,
  type Client,
  type FetchInit,
  type RouteAnswer,
  type RouteName,
  type RouteRequest,
} from '@ostler/contract';
import type { Traffic } from './traffic.ts';

/** Where the site is. Its servers share a name, as they would in DNS. */
export interface SiteName {
  readonly name: string;
  /** Of its servers. */
  readonly addresses: readonly string[];
  readonly httpsPort: number;
  readonly httpPort: number;
  /** Trusts the site's CA alone. Made once: to read it takes longer than to greet the server. */
  readonly trust: SecureContext;
}

export interface LineOptions {
  readonly site: SiteName;
  readonly traffic: Traffic;
  /** With a connection that is kept between requests, as while a run goes on; without, each request makes its own. */
  readonly kept: boolean;
  /** How soon it is asked again where there is no answer; twice as long each time, up to a bound. As in a run where it is not given. */
  readonly askAgainMs?: { readonly first: number; readonly longest: number };
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

const requestTimeoutMs = 30_000;
const askAgainMsInRun = { first: 500, longest: 15_000 } as const;

export class Line {
  readonly #options: LineOptions;
  readonly #agent: https.Agent;
  #client: Client;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#agent = new https.Agent({ keepAlive: options.kept, maxSockets: 2, maxCachedSessions: 0 });
    this.#client = this.#clientWith(null);
  }

  /** Everything from now on is asked with this key. */
  useKey(key: string): void {
    this.#client = this.#clientWith(key);
  }

  get key(): string | null {
    return this.#client.token;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @throws ApiError what the site refuses */
  call<N extends RouteName>(name: N, request: RouteRequest<N>, signal: AbortSignal): Promise<RouteAnswer<N>> {
    return this.#patiently(name, (limited) => this.#client.call(name, request, limited), signal);
  }

  /** Appends to the run's log. @returns the offset that the server now has */
  appendLog(runId: string, offset: number, piece: string, signal: AbortSignal): Promise<number> {
    const { path, method, contentType } = streamRoutes['agent.appendLog'];
    const headers = {
      authorization: `Bearer ${this.#client.token ?? ''}`,
      'content-type': contentType,
      'upload-offset': String(offset),
    };
    return this.#patiently(
      'agent.appendLog',
      async (limited) => {
        const url = `${this.#url}${fillPath(path, { id: runId })}`;
        const answer = await this.#send(https, url, { method, headers, body: piece, signal: limited });
        if (answer.status >= 400) throw apiErrorOf(answer.status, answer.body);
        return Number(answer.headers['upload-offset']);
      },
      signal,
    );
  }

  /** What the firmware asks over plain HTTP. @returns the script for iPXE */
  bootScript(
    { macAddress, smbiosUuid }: { readonly macAddress: string; readonly smbiosUuid: string },
    signal: AbortSignal,
  ): Promise<string> {
    const { site } = this.#options;
    const url = `http://${site.name}:${site.httpPort}/boot/ipxe/${macAddress}/${smbiosUuid}`;
    return this.#patiently(
      'network boot',
      async (limited) => {
        const answer = await this.#send(http, url, { method: 'GET', headers: {}, signal: limited });
        if (answer.status >= 400) throw apiErrorOf(answer.status, answer.body);
        return answer.body;
      },
      signal,
    );
  }

  get #url(): string {
    return `https://${this.#options.site.name}:${this.#options.site.httpsPort}`;
  }

  #clientWith(token: string | null): Client {
    return createClient({
      serverUrl: this.#url,
      token,
      fetch: async (url, init) => {
        const { status, body } = await this.#send(https, url, init);
        return { status, text: () => Promise.resolve(body) };
      },
    });
  }

  /** As the agent's own line: what the site refuses stays refused, everything else is asked again. */
  async #patiently<T>(kind: string, attempt: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { traffic, askAgainMs = askAgainMsInRun } = this.#options;
    let hasLost = false;
    for (let waitMs = askAgainMs.first; ; waitMs = Math.min(waitMs * 2, askAgainMs.longest)) {
      const startedAtMs = performance.now();
      try {
        const answer = await attempt(AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]));
        traffic.answered(kind, performance.now() - startedAtMs);
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        if (!isPassing(error)) {
          // What was done before its answer was lost cannot be done again: the caller knows what that means.
          if (!hasLost) traffic.failed(kind, problemOf(error));
          throw error;
        }
        const askedMs = askedToWaitMs(error);
        if (askedMs > 0) traffic.deferred(kind);
        else {
          hasLost = true;
          traffic.lost(kind);
        }
        await sleep(Math.max(askedMs, waitMs * (0.5 + Math.random() / 2)), undefined, { signal });
      }
    }
  }

  #send(protocol: typeof http | typeof https, url: string, { method, headers, body, signal }: FetchInit): Promise<Answer> {
    const { site, kept } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const secure = protocol === https ? { secureContext: site.trust, agent: this.#agent } : { agent: false };
    const options = { method, headers: { ...headers, ...length }, signal, lookup: lookupOf(site), ...secure };
    const call = protocol.request(url, options, (answer) => {
      text(answer).then((received) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: received }), reject);
    });
    if (!kept) call.setHeader('connection', 'close');
    call.on('error', reject);
    call.end(body);
    return promise;
  }
}

/** The site's name has the addresses of all its servers, in any order: whoever is not answered by the first goes on to the next. */
function lookupOf({ addresses }: SiteName): LookupFunction {
  return (_name, { all }, found) => {
    const turn = Math.floor(Math.random() * addresses.length);
    const inTurn = [...addresses.slice(turn), ...addresses.slice(0, turn)].map((address) => ({ address, family: 4 }));
    if (all === true) found(null, inTurn);
    else found(null, inTurn[0]?.address ?? '', 4);
  };
}

/** The connection was lost, or a server is about to end: as the agent sees it. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) return isPassingAnswer(error.status, error.body.code);
  return error instanceof Error && ('code' in error || ['TimeoutError', 'AbortError'].includes(error.name));
}

function problemOf(error: unknown): string {
  if (error instanceof ApiError) return `${error.status} ${error.body.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
