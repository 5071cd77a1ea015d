/** Routes of the own second factor. */
import type { HandlersOf } from '../http/handlers.ts';
import type { Database } from '../database/database.ts';
import type { SiteSettingsStore } from '../site/site-settings.ts';
import type { Accounts } from './accounts.ts';
import { asPerson, asWhole, sessionOf } from './handlers.ts';
import { deleteSecondFactor } from './second-factor-store.ts';
import type { SecondFactors } from './second-factors.ts';

export interface SecondFactorDependencies {
  readonly database: Database;
  readonly accounts: Pick<Accounts, 'requirePassword' | 'renewSessions'>;
  readonly secondFactors: SecondFactors;
  readonly settings: Pick<SiteSettingsStore, 'get'>;
}

export function secondFactorHandlers(dependencies: SecondFactorDependencies): HandlersOf<'secondFactor'> {
  const { database, accounts, secondFactors, settings } = dependencies;
  return {
    'secondFactor.get': (_request, { caller }) => secondFactors.describe(asPerson(caller).accountId),
    'secondFactor.enrol': async ({ body }, { caller }) => {
      const { accountId: id, name } = asWhole(caller);
      await accounts.requirePassword(id, body.password);
      return secondFactors.enrol({ id, name }, (await settings.get()).name);
    },
    'secondFactor.confirm': async ({ body }, { caller }) => {
      const person = asWhole(caller);
      const recoveryCodes = await secondFactors.confirm(person.accountId, body.code);
      return { recoveryCodes, sessionToken: await accounts.renewSessions(person.accountId, sessionOf(person)) };
    },
    'secondFactor.renewRecoveryCodes': async ({ body }, { caller }) => ({
      recoveryCodes: await secondFactors.renewRecoveryCodes(asWhole(caller).accountId, body.code),
    }),
    'secondFactor.remove': async ({ body }, { caller }) => {
      const person = asWhole(caller);
      await accounts.requirePassword(person.accountId, body.password);
      await secondFactors.use(person.accountId, body.code);
      await deleteSecondFactor(database.sql, person.accountId);
      return { sessionToken: await accounts.renewSessions(person.accountId, sessionOf(person)) };
    },
  };
}
