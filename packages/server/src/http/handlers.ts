/**
 * What a feature gives the server: handlers for its routes of the contract, typed by them. A route without a handler
 * does not compile (app.ts builds the whole table).
 */
import type { Access, ParsedRequest, RouteAnswer, RouteName } from '@ostler/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Rights } from '../access/rights.ts';

/** `limited-token`: an API token that has a part of its account's rights. */
export type CredentialKind = 'session' | 'token' | 'limited-token';

/** Who calls, as the access check found. */
export type Caller =
  | { readonly kind: 'public' }
  | {
      readonly kind: 'person';
      readonly accountId: string;
      readonly name: string;
      /** What the request carried: its session or its API token. */
      readonly credential: { readonly kind: CredentialKind; readonly id: string };
      /** True only on the routes of a first sign-in. */
      readonly mustChangePassword: boolean;
      /** True only on the routes that lead to a second factor. */
      readonly mustSetSecondFactor: boolean;
      /** Of the account, or what the API token has of them. */
      readonly rights: Rights;
    }
  | { readonly kind: 'agent'; readonly deviceId: string; readonly runId: string | null }
  | { readonly kind: 'client'; readonly deviceId: string; readonly lastPollAtMs: number | null }
  | { readonly kind: 'distribution-point'; readonly distributionPointId: string };

export interface RequestContext {
  readonly caller: Caller;
  readonly remoteAddress: string;
  readonly log: Logger;
  /** Aborts when the client goes away or the server stops. */
  readonly signal: AbortSignal;
}

export type Handler<N extends RouteName> = (request: ParsedRequest<N>, context: RequestContext) => Promise<RouteAnswer<N>>;
export type Handlers = { readonly [N in RouteName]: Handler<N> };
/** The handlers of the routes whose names begin with one of the given prefixes: `HandlersOf<'images' | 'uploads'>`. */
export type HandlersOf<P extends string> = Pick<Handlers, Extract<RouteName, `${P}.${string}`>>;

/**
 * Finds out who calls and whether a route with this access lets them in.
 * @throws OstlerError UNAUTHENTICATED, FORBIDDEN, PASSWORD_CHANGE_REQUIRED
 */
export type Authorise = (request: FastifyRequest, access: Access) => Promise<Caller>;

/**
 * A feature's stream routes, written by hand. `authorise` is to be called with the route's access before anything else:
 * it answers the caller or throws UNAUTHENTICATED. They are registered in a scope of their own, so a content type parser
 * or a hook added here touches no other feature.
 */
export type StreamRoutes = (server: FastifyInstance) => void;
