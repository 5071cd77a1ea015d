import { CreateIdentityProvider } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { accountsOn } from '../../test/accounts-on.ts';
import { databases, type TestDatabase } from '../../test/databases.ts';
import { aSealing } from '../../test/sealing.ts';
import { assignmentsOf } from '../access/assignments-store.ts';
import { findReturn, keepSignIn, takeSignIn } from './begun-sign-ins.ts';
import { accountOf } from './provider-account.ts';
import { createProvider, findProvider, updateProvider } from './store.ts';

const everywhere = { scopeIds: null, collectionIds: null };
const administrators = { group: 'admins', assignments: [{ roleId: 'full-administrator', ...everywhere }] };
const analysts = { group: 'staff', assignments: [{ roleId: 'analyst', ...everywhere }] };
const makeHash = () => Promise.resolve('scrypt$nobody');

async function withProvider(open: () => Promise<TestDatabase>, settings: object) {
  await using cleanUp = new AsyncDisposableStack();
  const { database, clock } = cleanUp.use(await accountsOn(open));
  const { sql } = database;
  const { seal } = await aSealing(database);
  const sources = { seal, redirectUri: () => 'https://site/return' };
  const wanted = CreateIdentityProvider.parse({
    name: 'corp',
    issuer: 'https://id.example',
    clientId: 'c',
    clientSecret: 'hush',
    ...settings,
  });
  const { id } = await sql.transaction().execute((transaction) => createProvider(transaction, wanted, sources, clock.nowMs));
  const provider = () => findProvider(sql, { id }, seal);
  const arrive = async (subject: string, accountName: string, ...groups: string[]) =>
    accountOf(sql, await provider(), { subject, accountName, groups }, { makeHash, nowMs: 1 });
  const owned = cleanUp.move();
  return { sql, seal, sources, id, provider, arrive, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

describe.each(databases)('an identity provider on $dialect', ({ open }) => {
  it('keeps its client secret sealed, through changes of other settings', async () => {
    await using test = await withProvider(open, {});
    expect((await test.provider()).clientSecret).toBe('hush');

    const change = { name: 'other', makesAccounts: true };
    await test.sql.transaction().execute((transaction) => updateProvider(transaction, test.id, change, test.sources));

    expect(await test.provider()).toMatchObject({ name: 'other', makesAccounts: true, clientId: 'c', clientSecret: 'hush' });
    expect(JSON.stringify(await test.sql.selectFrom('identity_providers').selectAll().execute())).not.toContain('hush');
  });

  it('knows a person by the subject, whatever their name is later', async () => {
    await using test = await withProvider(open, { makesAccounts: true, groupRules: [analysts] });
    const first = await test.arrive('s1', 'maria', 'staff');
    const renamed = await test.arrive('s1', 'maria-b', 'staff');

    expect(renamed.id).toBe(first.id);
    await expect(test.arrive('s2', 'maria', 'staff')).rejects.toMatchObject({ code: 'PROVIDER_ACCOUNT_TAKEN' });
    await expect(test.arrive('s3', 'admin', 'staff')).rejects.toMatchObject({ code: 'PROVIDER_ACCOUNT_TAKEN' });
    expect(await assignmentsOf(test.sql, first.id)).toEqual(analysts.assignments);
  });

  it('takes the last full administrator from nobody', async () => {
    await using test = await withProvider(open, { makesAccounts: true, groupRules: [administrators, analysts] });
    const { id } = await test.arrive('s1', 'maria', 'admins');
    await test.sql.deleteFrom('accounts').where('name', '=', 'admin').execute();

    await expect(test.arrive('s1', 'maria', 'staff')).rejects.toMatchObject({ code: 'LAST_ADMINISTRATOR' });
    expect(await assignmentsOf(test.sql, id)).toEqual(administrators.assignments);
  });

  it('completes a sign-in that was begun once, in time, for whoever has the secret', async () => {
    await using test = await withProvider(open, {});
    const proof = 'p'.repeat(43);
    // SHA-256 of the proof.
    const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(proof))).toString('base64url');
    const checks = { nonce: 'n', codeVerifier: 'v' };
    const { sql, seal, id: providerId } = test;
    const begun = { providerId, returnTo: 'http://127.0.0.1:9/', challenge, checks, expiresAtMs: 1000 };
    const begin = (state: string) => keepSignIn(sql, { ...begun, state }, seal, 0);
    for (const state of ['a', 'b', 'c']) await begin(state);

    expect(await findReturn(sql, 'a', 999)).toBe('http://127.0.0.1:9/');
    expect(await takeSignIn(sql, { state: 'a', proof }, seal, 999)).toEqual({ providerId: test.id, checks });
    // In this order: a wrong proof uses the sign-in up.
    const refused = [
      () => takeSignIn(sql, { state: 'a', proof }, seal, 999),
      () => takeSignIn(sql, { state: 'b', proof: 'q'.repeat(43) }, seal, 999),
      () => takeSignIn(sql, { state: 'b', proof }, seal, 999),
      () => takeSignIn(sql, { state: 'c', proof }, seal, 1000),
      () => findReturn(sql, 'none', 0),
    ];
    for (const ask of refused) await expect(ask()).rejects.toMatchObject({ code: 'PROVIDER_SIGN_IN_ENDED' });
  });
});
