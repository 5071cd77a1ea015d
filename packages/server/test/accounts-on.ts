/** Accounts and second factors over one empty database, with the first administrator and a clock that the test sets. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@ostler/testkit';
import { Secret, TOTP } from 'otpauth';
import { AccountStore } from '../src/accounts/account-store.ts';
import { Accounts } from '../src/accounts/accounts.ts';
import { SecondFactorStore } from '../src/accounts/second-factor-store.ts';
import { SecondFactors } from '../src/accounts/second-factors.ts';
import type { TestDatabase } from './databases.ts';
import { aSealing } from './sealing.ts';

export async function accountsOn(open: () => Promise<TestDatabase>) {
  await using cleanUp = new AsyncDisposableStack();
  const { database } = cleanUp.use(await open());
  const folder = cleanUp.use(await temporaryDirectory());
  const firstPasswordFile = join(folder.path, 'first-admin-password');
  const clock = { nowMs: 1_800_000_000_000 };
  const now = (): number => clock.nowMs;
  const site = { demandsSecondFactor: false };
  const { seal } = await aSealing(database);
  const secondFactors = new SecondFactors({ store: new SecondFactorStore(database), sql: database.sql, seal, now });
  const accounts = new Accounts({
    store: new AccountStore(database),
    secondFactors,
    sql: database.sql,
    demandsSecondFactor: () => Promise.resolve(site.demandsSecondFactor),
    firstPasswordFile,
    now,
  });
  await accounts.createFirstAdministrator();
  const password = (await readFile(firstPasswordFile, 'utf8')).trim();
  const owned = cleanUp.move();
  return {
    accounts,
    secondFactors,
    site,
    clock,
    password,
    firstPasswordFile,
    database,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What an authenticator app shows for the secret. */
export function codeAt(secret: string, nowMs: number): string {
  return TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: nowMs });
}
