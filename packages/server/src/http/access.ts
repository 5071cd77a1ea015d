/** Who calls: reads the bearer token and holds it against what a route asks for. How tokens are kept is the accounts' and the agents' own. */
import { OstlerError, streamRoutes, type Access, type RouteName, type StreamRouteDefinition } from '@ostler/contract';
import type { FastifyRequest } from 'fastify';
import { sightOf, type Rights } from '../access/rights.ts';
import { needsOf, type ObjectAccess } from '../access/object-access.ts';
import type { AuditedRoute, AuditTrail } from '../audit/audit-trail.ts';
import type { Authorise, Caller, CredentialKind } from './handlers.ts';

/** A signed-in person, as the accounts know them. */
export interface Person {
  readonly accountId: string;
  readonly name: string;
  readonly credential: { readonly kind: CredentialKind; readonly id: string };
  readonly mustChangePassword: boolean;
  /** The site asks for a second factor, and the account has none. */
  readonly mustSetSecondFactor: boolean;
  readonly rights: Rights;
}

/** Finds the person behind a session or API token; null when it is not valid (any more). */
export interface PersonLookup {
  findByToken(token: string): Promise<Person | null>;
}

/** Finds the machine behind a per-device key; null when it is not valid (any more). */
export interface AgentKeys {
  verify(key: string): Promise<{ readonly deviceId: string; readonly runId: string | null } | null>;
  /** The same for the key of an installed system's client. */
  verifyClient(key: string): Promise<{ readonly deviceId: string; readonly lastPollAtMs: number | null } | null>;
}

/** Finds the distribution point behind its key; null when it is not valid (any more). */
export interface PointKeys {
  verify(key: string): Promise<string | null>;
}

/** `route`: null for a stream. */
export type AccessCheck = (request: FastifyRequest, access: Access, route: RouteName | null) => Promise<Caller>;

/** What an account with its one-time password may call. */
const beforePassword: readonly (RouteName | null)[] = ['accounts.changePassword', 'accounts.whoAmI', 'accounts.logout'];
/** What an account without the second factor that the site asks for may call. A token that it makes may do no more. */
const beforeSecondFactor: readonly (RouteName | null)[] = [
  ...beforePassword,
  'secondFactor.get',
  'secondFactor.enrol',
  'secondFactor.confirm',
  'tokens.create',
];

/**
 * Who calls; what they may do is requirePermission.
 * @returns a check that throws OstlerError UNAUTHENTICATED, PASSWORD_CHANGE_REQUIRED, SECOND_FACTOR_REQUIRED
 */
export function createAccessCheck(people: PersonLookup, agentKeys: AgentKeys, pointKeys: PointKeys): AccessCheck {
  const person = async (token: string | null, route: RouteName | null): Promise<Extract<Caller, { kind: 'person' }>> => {
    const found = token === null ? null : await people.findByToken(token);
    if (found === null) throw new OstlerError('UNAUTHENTICATED', {});
    if (found.mustChangePassword && !beforePassword.includes(route)) throw new OstlerError('PASSWORD_CHANGE_REQUIRED', {});
    if (found.mustSetSecondFactor && !beforeSecondFactor.includes(route)) throw new OstlerError('SECOND_FACTOR_REQUIRED', {});
    return { kind: 'person', ...found };
  };
  const machine = async (token: string | null): Promise<Caller> => {
    const found = token === null ? null : await agentKeys.verify(token);
    if (found === null) throw new OstlerError('UNAUTHENTICATED', {});
    return { kind: 'agent', deviceId: found.deviceId, runId: found.runId };
  };
  const client = async (token: string | null): Promise<Caller> => {
    const found = token === null ? null : await agentKeys.verifyClient(token);
    if (found === null) throw new OstlerError('UNAUTHENTICATED', {});
    return { kind: 'client', ...found };
  };
  const point = async (token: string | null): Promise<Caller> => {
    const distributionPointId = token === null ? null : await pointKeys.verify(token);
    if (distributionPointId === null) throw new OstlerError('UNAUTHENTICATED', {});
    return { kind: 'distribution-point', distributionPointId };
  };
  return async (request, access, route) => {
    if (access === 'public') return { kind: 'public' };
    if (access === 'agent') return machine(bearerToken(request));
    if (access === 'client') return client(bearerToken(request));
    if (access === 'distribution-point') return point(bearerToken(request));
    return person(bearerToken(request), route);
  };
}

/** For stream routes: who calls, and whether they may act on what the path names. What shows a secret is noted. */
export function createAuthorise(checkAccess: AccessCheck, objectAccess: ObjectAccess, audit: AuditTrail): Authorise {
  return async (request, access) => {
    const caller = await checkAccess(request, access, null);
    const parts = { params: request.params };
    const check = async () => {
      requirePermission(caller, access);
      await objectAccess.check(caller, access, parts);
    };
    const route = streamOf(request);
    if (route === undefined) await check();
    else await audit.around(route, { caller, address: request.ip, parts }, null, check);
    return caller;
  };
}

/** The stream route of the contract that is called. */
function streamOf({ method, routeOptions }: FastifyRequest): AuditedRoute | undefined {
  const found = Object.entries<StreamRouteDefinition>(streamRoutes).find(
    ([, route]) => route.path === routeOptions.url && route.method === method,
  );
  return found === undefined ? undefined : { name: found[0], ...found[1], audit: found[1].audit ?? 'never' };
}

/** On which objects the permissions hold is object-access.ts. @throws OstlerError PERMISSION_MISSING */
export function requirePermission(caller: Caller, access: Access): void {
  if (typeof access !== 'object' || caller.kind !== 'person') return;
  for (const { permission } of needsOf(access)) {
    if (sightOf(caller.rights, permission).limits.length === 0) throw new OstlerError('PERMISSION_MISSING', { permission, place: '' });
  }
}

/** The token of `Authorization: Bearer …`, or null. */
export function bearerToken({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  return /^Bearer ([\w.~+/=-]{1,500})$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}
