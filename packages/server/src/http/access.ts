/** Who calls: reads the bearer token and holds it against what a route asks for. How tokens are kept is the accounts' and the agents' own. */
import { accessKind, OstlerError, type Access, type AccessKind } from '@ostler/contract';
import type { FastifyRequest } from 'fastify';
import type { Caller } from './handlers.ts';

/** A signed-in person, as the accounts know them. */
export interface Person {
  readonly accountId: string;
  readonly name: string;
  readonly credential: { readonly kind: 'session' | 'token'; readonly id: string };
  readonly mustChangePassword: boolean;
}

/** Finds the person behind a session or API token; null when it is not valid (any more). */
export interface PersonLookup {
  findByToken(token: string): Promise<Person | null>;
}

/** Finds the machine behind a per-device key; null when it is not valid (any more). */
export interface AgentKeys {
  verify(key: string): Promise<{ readonly deviceId: string; readonly runId: string | null } | null>;
}

/** `duringFirstSignIn`: the route also serves an account whose one-time password has not been changed. */
export type AccessCheck = (request: FastifyRequest, access: Access, duringFirstSignIn: boolean) => Promise<Caller>;

/** @returns a check that throws OstlerError UNAUTHENTICATED, or PASSWORD_CHANGE_REQUIRED */
export function createAccessCheck(people: PersonLookup, agentKeys: AgentKeys): AccessCheck {
  const person = async (token: string | null, duringFirstSignIn: boolean): Promise<Caller> => {
    const found = token === null ? null : await people.findByToken(token);
    if (found === null) throw new OstlerError('UNAUTHENTICATED', {});
    if (found.mustChangePassword && !duringFirstSignIn) throw new OstlerError('PASSWORD_CHANGE_REQUIRED', {});
    return { kind: 'person', ...found };
  };
  const callers: { readonly [K in AccessKind]: (token: string | null, duringFirstSignIn: boolean) => Promise<Caller> } = {
    public: () => Promise.resolve({ kind: 'public' }),
    'signed-in': person,
    // There are administrators only: each has every permission.
    permission: person,
    agent: async (token) => {
      const machine = token === null ? null : await agentKeys.verify(token);
      if (machine === null) throw new OstlerError('UNAUTHENTICATED', {});
      return { kind: 'agent', deviceId: machine.deviceId, runId: machine.runId };
    },
  };
  return (request, access, duringFirstSignIn) => callers[accessKind(access)](bearerToken(request), duringFirstSignIn);
}

/** The token of `Authorization: Bearer …`, or null. */
export function bearerToken({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  return /^Bearer ([\w.~+/=-]{1,500})$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}
