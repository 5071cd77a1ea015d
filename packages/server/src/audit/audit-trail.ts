/**
 * Which requests come into the audit log, and what of them: every change that a person makes or is refused, every sign-in, every
 * secret that is read. Called by the one place that runs routes, so that no feature can forget it.
 */
import { isOstlerError, type Access, type AuditEntry } from '@ostler/contract';
import type { Caller } from '../http/handlers.ts';
import type { AuditRecord } from './audit-chain.ts';
import type { AuditLog } from './audit-log.ts';
import { changesBetween, requestSummary } from './without-secrets.ts';

export interface AuditedRoute {
  readonly name: string;
  readonly method: string;
  readonly access: Access;
  readonly audit?: 'always' | 'never';
}
export interface AuditedRequest {
  readonly caller: Caller;
  readonly address: string;
  readonly parts: { readonly params?: unknown; readonly query?: unknown; readonly body?: unknown };
}
/** Reads an object before it is changed; null where it has no route that shows it. */
export type ReadBefore = (() => Promise<unknown>) | null;

export interface AuditTrail {
  /** Does the work and notes how it ended. Where it cannot be noted, the request fails. */
  around<T>(route: AuditedRoute, request: AuditedRequest, readBefore: ReadBefore, work: () => Promise<T>): Promise<T>;
  /** Notes that a route was refused before its work began, or that a stream of a secret began. */
  note(route: AuditedRoute, request: AuditedRequest, error: unknown): Promise<void>;
}

export function createAuditTrail(log: Pick<AuditLog, 'add' | 'begin' | 'end'>): AuditTrail {
  return {
    around: async (route, request, readBefore, work) => {
      if (!isAudited(route)) return work();
      const before = readBefore === null ? null : await readBefore().catch(() => null);
      const begun = isBegun(route) ? await log.begin(commonOf(route, request, null)) : null;
      const end = (record: AuditRecord | null) => (begun === null ? add(log, record) : log.end(begun, record));
      const answer = await work().catch(async (error: unknown) => {
        await end(isGuess(error) ? null : failureOf(route, request, error));
        throw error;
      });
      const changes = before === null ? {} : changesBetween(before, route.method === 'DELETE' ? null : answer);
      await end({ ...commonOf(route, request, answer), result: 'done', errorCode: null, changes });
      return answer;
    },
    note: async (route, request, error) => {
      if (isAudited(route)) await log.add(failureOf(route, request, error));
    },
  };
}

async function add(log: Pick<AuditLog, 'add'>, record: AuditRecord | null): Promise<void> {
  if (record !== null) await log.add(record);
}

function commonOf(route: AuditedRoute, request: AuditedRequest, answer: unknown) {
  return {
    ...actorOf(request, answer),
    address: request.address,
    operation: route.name,
    objectId: objectOf(request, answer),
    request: requestSummary(request.parts),
  };
}

function failureOf(route: AuditedRoute, request: AuditedRequest, error: unknown): AuditRecord {
  return { ...commonOf(route, request, null), ...outcomeOf(error), changes: {} };
}

/** A flood of guesses is not to become a flood of entries. */
function isGuess(error: unknown): boolean {
  return isOstlerError(error) && error.code === 'TOO_MANY_ATTEMPTS';
}

/**
 * Whether it is noted before its work that it begins. Not where the answer is all that matters: it leaves after its entry, so that a secret
 * of a run stays here, and a session known to nobody, when the server dies in between.
 */
function isBegun({ name, method, access }: AuditedRoute): boolean {
  return method !== 'GET' && access !== 'agent' && name !== 'accounts.login';
}

function isAudited({ method, access, audit }: AuditedRoute): boolean {
  if (audit !== undefined) return audit === 'always';
  return method !== 'GET' && (typeof access === 'object' || access === 'signed-in');
}

function actorOf({ caller, parts }: AuditedRequest, answer: unknown): Pick<AuditEntry, 'actorKind' | 'actorId' | 'actorName'> {
  if (caller.kind === 'person') return { actorKind: 'person', actorId: caller.accountId, actorName: caller.name };
  if (caller.kind === 'agent') return { actorKind: 'machine', actorId: caller.deviceId, actorName: caller.deviceId };
  // At a sign-in: the name that was tried, or that an identity provider gave.
  const name = textAt(parts.body, 'name') ?? textAt(answer, 'name');
  return { actorKind: 'system', actorId: null, actorName: name ?? '' };
}

function objectOf({ parts, caller }: AuditedRequest, answer: unknown): string | null {
  const own = caller.kind === 'person' ? caller.accountId : null;
  return textAt(parts.params, 'id') ?? textAt(answer, 'id') ?? own;
}

function outcomeOf(error: unknown): Pick<AuditEntry, 'result' | 'errorCode'> {
  if (error === null) return { result: 'done', errorCode: null };
  if (!isOstlerError(error)) return { result: 'failed', errorCode: 'INTERNAL' };
  return { result: error.status === 401 || error.status === 403 ? 'refused' : 'failed', errorCode: error.code };
}

function textAt(value: unknown, name: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const found = (value as Readonly<Record<string, unknown>>)[name];
  // PostgreSQL holds no NUL, and what was refused may be of any length.
  return typeof found === 'string' ? found.replaceAll('\0', '').slice(0, 200) : null;
}
