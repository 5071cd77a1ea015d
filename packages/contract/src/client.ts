/**
 * The typed client of the API, for the command line, the console, the agent and the lab. It leaves to the caller how
 * bytes travel (`fetch`, with the CA it trusts) and how often to try again.
 */
import { answeredError } from './errors/answered.ts';
import { ErrorBody, isOstlerError } from './errors/ostler-error.ts';
import { parseKnown } from './parse-known.ts';
import { routeDefinition, type RouteAnswer, type RouteName, type RouteRequest } from './routes/index.ts';

/** The part of `fetch` that the client needs. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;
export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
}
export interface FetchAnswer {
  readonly status: number;
  text(): Promise<string>;
}
export interface ClientOptions {
  /** For example `https://ostler.example:8443`, no slash at the end. */
  readonly serverUrl: string;
  /** Bearer token, or null before there is one. */
  readonly token: string | null;
  readonly fetch: Fetch;
}

/** An error that the server answered with: the same facts as the OstlerError thrown there. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

/** How long a site that is too busy asks whoever met this error to leave it alone, in milliseconds; 0 where it does not. */
export function askedToWaitMs(thrown: unknown): number {
  if (thrown instanceof ApiError) return askedToWaitMs(answeredError(thrown.body));
  const seconds = isOstlerError(thrown) && thrown.code === 'SERVER_BUSY' ? Number(thrown.details['seconds']) : 0;
  return Number.isFinite(seconds) ? seconds * 1000 : 0;
}

export interface Client {
  readonly serverUrl: string;
  readonly token: string | null;
  /**
   * Calls one route. What a later server says beyond this version is left out.
   * @throws ApiError with the server's error; whatever `fetch` throws when the server cannot be reached; ZodError for another answer
   */
  call<N extends RouteName>(name: N, request: RouteRequest<N>, signal: AbortSignal): Promise<RouteAnswer<N>>;
}

interface LooseRequest {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

export function createClient(options: ClientOptions): Client {
  const { serverUrl, token, fetch } = options;
  return {
    serverUrl,
    token,
    call: async (name, request, signal) => {
      const route = routeDefinition(name);
      // Safe: RouteRequest has exactly these three parts, each where the route has it.
      const { params = {}, query = {}, body } = request as LooseRequest;
      const answer = await fetch(`${serverUrl}${fillPath(route.path, params)}${queryString(query)}`, {
        method: route.method,
        headers: {
          accept: 'application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
      });
      const json = parseJson(await answer.text());
      if (answer.status >= 400) throw new ApiError(answer.status, errorBody(answer.status, json));
      // Safe: parsed by the very schema that RouteAnswer is inferred from.
      return parseKnown(route.answer, json) as RouteAnswer<typeof name>;
    },
  };
}

/** `/devices/:id` with its parameters filled in, each escaped. */
export function fillPath(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/:(?<name>[A-Za-z]\w*)/g, (_whole, name: string) => encodeURIComponent(params[name] ?? ''));
}

function queryString(query: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return '';
  return `?${pairs.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`).join('&')}`;
}

/** The error in an answer of status 400 or above, for callers that read a stream route themselves. */
export function apiErrorOf(status: number, text: string): ApiError {
  return new ApiError(status, errorBody(status, parseJson(text)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function errorBody(status: number, json: unknown): ErrorBody {
  const parsed = ErrorBody.safeParse(json);
  return parsed.success ? parsed.data : { code: 'INTERNAL', message: `The server answered with status ${status}.`, details: {} };
}
