import { isOstlerError } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { accountsOn, codeAt } from '../../test/accounts-on.ts';
import { databases, type TestDatabase } from '../../test/databases.ts';

const stepMs = 30_000;
const [sqlite] = databases;

function codeOf(error: unknown): string {
  return isOstlerError(error) ? error.code : String(error);
}

/** The first administrator, whose app has the secret and has shown one code. */
async function enrolled(open: () => Promise<TestDatabase>) {
  await using cleanUp = new AsyncDisposableStack();
  const test = cleanUp.use(await accountsOn(open));
  const { accounts, secondFactors, clock, password, database } = test;
  const { id } = await database.sql.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
  const { secret, uri } = await secondFactors.enrol({ id, name: 'admin' }, 'Our site');
  const code = (): string => codeAt(secret, clock.nowMs);
  const recoveryCodes = await secondFactors.confirm(id, code());
  clock.nowMs += stepMs;
  const use = (given: string) => secondFactors.use(id, given).then(() => 'in', codeOf);
  const signIn = (given: object) => accounts.signIn({ name: 'admin', password, ...given }, 'a').then(() => 'in', codeOf);
  const owned = cleanUp.move();
  return { ...test, id, secret, uri, code, recoveryCodes, use, signIn, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

describe.each(databases)('a second factor on $dialect', ({ open }) => {
  it('lets nobody in with the password alone, and its owner with a code, once', async () => {
    await using test = await enrolled(open);

    expect(await test.signIn({})).toBe('SECOND_FACTOR_NEEDED');
    expect(await test.signIn({ code: '000000' })).toBe('SECOND_FACTOR_WRONG');
    expect(await test.signIn({ code: test.code() })).toBe('in');
    expect(await test.signIn({ code: test.code() })).toBe('SECOND_FACTOR_WRONG');
    expect(test.uri).toBe(`otpauth://totp/Our%20site:admin?issuer=Our%20site&secret=${test.secret}&algorithm=SHA1&digits=6&period=30`);
  });

  it('counts for nothing until a code of it was confirmed, and may be begun anew until then', async () => {
    await using test = await accountsOn(open);
    const { secondFactors, clock, database } = test;
    const { id } = await database.sql.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
    await expect(secondFactors.confirm(id, '000000')).rejects.toMatchObject({ code: 'SECOND_FACTOR_ABSENT' });
    const lost = await secondFactors.enrol({ id, name: 'admin' }, 'Site');
    const { secret } = await secondFactors.enrol({ id, name: 'admin' }, 'Site');

    await expect(secondFactors.confirm(id, codeAt(lost.secret, clock.nowMs))).rejects.toMatchObject({ code: 'SECOND_FACTOR_WRONG' });
    expect(await secondFactors.describe(id)).toEqual({ confirmedAt: null, recoveryCodesLeft: 0 });
    expect(await secondFactors.confirm(id, codeAt(secret, clock.nowMs))).toHaveLength(10);
    expect((await secondFactors.describe(id)).confirmedAt).not.toBeNull();
    await expect(secondFactors.enrol({ id, name: 'admin' }, 'Site')).rejects.toMatchObject({ code: 'SECOND_FACTOR_PRESENT' });
  });

  it('takes each code once, also of two at the same moment, and none that is older than the last', async () => {
    await using test = await enrolled(open);
    const confirmed = codeAt(test.secret, test.clock.nowMs - stepMs);
    const now = test.code();

    expect(await test.use(confirmed)).toBe('SECOND_FACTOR_WRONG');
    expect((await Promise.all([test.use(now), test.use(now)])).toSorted()).toEqual(['SECOND_FACTOR_WRONG', 'in']);
    test.clock.nowMs += stepMs;
    expect(await test.use(now)).toBe('SECOND_FACTOR_WRONG');
    expect(await test.use(test.code())).toBe('in');
  });

  it('takes each recovery code once, however it is typed, until there are new ones', async () => {
    await using test = await enrolled(open);
    const [first = '', second = '', third = ''] = test.recoveryCodes;
    expect(first).toMatch(/^([a-z2-9]{4}-){3}[a-z2-9]{4}$/);

    expect((await Promise.all([test.use(first), test.use(first)])).toSorted()).toEqual(['SECOND_FACTOR_WRONG', 'in']);
    expect(await test.use(` ${second.toUpperCase().replaceAll('-', ' ')} `)).toBe('in');
    expect((await test.secondFactors.describe(test.id)).recoveryCodesLeft).toBe(8);
    const renewed = await test.secondFactors.renewRecoveryCodes(test.id, test.code());
    expect(await test.use(third)).toBe('SECOND_FACTOR_WRONG');
    expect(await test.use(renewed[0] ?? '')).toBe('in');
  });

  it('keeps no secret and no recovery code that could be read from the database, or moved to another account', async () => {
    await using test = await enrolled(open);
    const { sql } = test.database;
    const [row, ...others] = await sql.selectFrom('second_factors').selectAll().execute();
    const text = JSON.stringify([row, await sql.selectFrom('recovery_codes').selectAll().execute()]);

    expect(others).toEqual([]);
    for (const secret of [test.secret, ...test.recoveryCodes, ...test.recoveryCodes.map((code) => code.replaceAll('-', ''))]) {
      expect(text).not.toContain(secret);
    }
    const other = { id: 'account-other', name: 'other', password_hash: '', must_change_password: 0, disabled: 0, created_at: 1 } as const;
    await sql.insertInto('accounts').values(other).execute();
    const moved = { ...row!, account_id: other.id, last_step: 0 };
    await sql.insertInto('second_factors').values(moved).execute();
    await expect(test.secondFactors.use(other.id, test.code())).rejects.toMatchObject({ code: 'SECRET_SEAL_BROKEN' });
  });
});

describe('a second factor', () => {
  const open = sqlite!.open;

  it('bears a phone whose clock is half a minute off, and no more', async () => {
    await using test = await enrolled(open);
    test.clock.nowMs += 10 * stepMs;
    const at = (steps: number) => codeAt(test.secret, test.clock.nowMs + steps * stepMs);

    expect(await test.use(at(-2))).toBe('SECOND_FACTOR_WRONG');
    expect(await test.use(at(2))).toBe('SECOND_FACTOR_WRONG');
    expect(await test.use(at(-1))).toBe('in');
    expect(await test.use(at(1))).toBe('in');
  });

  it('slows down guessing: a wrong code counts as a wrong password does', async () => {
    await using test = await enrolled(open);
    const wrong = [...Array.from({ length: 8 }, () => ({ code: '000000' })), { password: 'guess' }, { password: 'guess' }];
    for (const each of wrong) expect(await test.signIn(each)).not.toBe('in');

    expect(await test.signIn({ code: test.code() })).toBe('TOO_MANY_ATTEMPTS');
    test.clock.nowMs += 10 * stepMs;
    expect(await test.signIn({ code: test.code() })).toBe('in');
  });

  it('slows down guessing: ten wrong codes an hour, for whoever knows the password', async () => {
    await using test = await enrolled(open);
    const tries = await Promise.all(Array.from({ length: 11 }, () => test.use('000000')));

    expect(tries.filter((each) => each === 'SECOND_FACTOR_WRONG')).toHaveLength(10);
    expect(await test.use(test.code())).toBe('TOO_MANY_ATTEMPTS');
    test.clock.nowMs += 120 * stepMs;
    expect(await test.use(test.code())).toBe('in');
  });

  it('is asked for where the site demands it, of who may do more than look, and of their API tokens', async () => {
    await using test = await accountsOn(open);
    const { accounts, password, site } = test;
    const { token } = await accounts.signIn({ name: 'admin', password }, 'a');
    const { accountId } = (await accounts.findByToken(token))!;
    const api = await accounts.createToken(accountId, { name: 'ci', expiresInDays: 1, permissions: ['devices.read'], collectionIds: null });
    expect(await accounts.findByToken(token)).toMatchObject({ mustSetSecondFactor: false });

    site.demandsSecondFactor = true;

    expect(await accounts.findByToken(token)).toMatchObject({ mustSetSecondFactor: true });
    expect(await accounts.findByToken(api.token)).toMatchObject({ mustSetSecondFactor: true });
    expect(await accounts.signIn({ name: 'admin', password }, 'a')).toMatchObject({ mustSetSecondFactor: true });
    await test.database.sql.updateTable('role_assignments').set({ role_id: 'analyst' }).execute();
    expect(await accounts.findByToken(token)).toMatchObject({ mustSetSecondFactor: false });
  });
});
