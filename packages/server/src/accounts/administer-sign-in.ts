/** How other people sign in: their sessions, and the second factor that somebody lost. */
import { OstlerError } from '@ostler/contract';
import { rightsOfCaller } from '../access/caller.ts';
import type { Database } from '../database/database.ts';
import type { Handlers } from '../http/handlers.ts';
import type { Accounts } from './accounts.ts';
import { getAccount, requireGoverning } from './administer.ts';
import { asPerson, asSession } from './handlers.ts';
import { deleteSecondFactor } from './second-factor-store.ts';

type Calls = 'accounts.removeSecondFactor' | 'accounts.sessions' | 'accounts.endSession' | 'accounts.endSessions';

export interface SignInAdministrationDependencies {
  readonly database: Database;
  readonly accounts: Pick<Accounts, 'listSessions' | 'endSession' | 'renewSessions'>;
}

export function signInAdministrationHandlers(dependencies: SignInAdministrationDependencies): Pick<Handlers, Calls> {
  const { accounts, database } = dependencies;
  const { sql } = database;
  return {
    'accounts.removeSecondFactor': async ({ params: { id } }, { caller }) => {
      await requireGoverning(sql, rightsOfCaller(caller), id);
      if (asPerson(caller).accountId === id) throw new OstlerError('SECOND_FACTOR_OWN', {});
      if (!(await deleteSecondFactor(sql, id))) throw new OstlerError('SECOND_FACTOR_ABSENT', {});
      await accounts.renewSessions(id, null);
      return { ok: true };
    },
    'accounts.sessions': async ({ params: { id } }, { caller }) => {
      await getAccount(sql, id);
      const { credential } = asPerson(caller);
      return { items: (await accounts.listSessions(id)).map((row) => asSession(row, credential.id)) };
    },
    'accounts.endSession': async ({ params: { id, sessionId } }, { caller }) => {
      await requireGoverning(sql, rightsOfCaller(caller), id);
      await accounts.endSession(id, sessionId);
      return { ok: true };
    },
    'accounts.endSessions': async ({ params: { id } }, { caller }) => {
      await requireGoverning(sql, rightsOfCaller(caller), id);
      await accounts.renewSessions(id, null);
      return { ok: true };
    },
  };
}
