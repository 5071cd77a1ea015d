import { access, stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { accountsOn } from '../../test/accounts-on.ts';
import { databases } from '../../test/databases.ts';

const hourMs = 3_600_000;

function aToken(name: string, expiresInDays: number | null) {
  return { name, expiresInDays, permissions: null, collectionIds: null };
}

describe.each(databases)('accounts on $dialect', ({ open }) => {
  const openAccounts = () => accountsOn(open);

  it('makes one first administrator, with a password in a file that only its owner reads', async () => {
    await using test = await openAccounts();

    expect(await test.accounts.createFirstAdministrator()).toBe(false);
    expect(test.password).toMatch(/^([a-z2-9]{4}-){4}[a-z2-9]{4}$/);
    expect((await stat(test.firstPasswordFile)).mode & 0o777).toBe(0o600);
    expect(await test.accounts.signIn({ name: 'admin', password: test.password }, 'a')).toMatchObject({ mustChangePassword: true });
  });

  it('ends other sessions and deletes the one-time password when it is changed', async () => {
    await using test = await openAccounts();
    const mine = await test.accounts.signIn({ name: 'admin', password: test.password }, 'a');
    const other = await test.accounts.signIn({ name: 'admin', password: test.password }, 'b');
    const me = await test.accounts.findByToken(mine.token);

    const renewed = await test.accounts.changePassword(me!.accountId, test.password, 'a much better one', me!.credential.id);

    expect(await test.accounts.findByToken(renewed ?? '')).toMatchObject({ mustChangePassword: false });
    expect(await test.accounts.findByToken(mine.token)).toBeNull();
    expect(await test.accounts.findByToken(other.token)).toBeNull();
    await expect(access(test.firstPasswordFile)).rejects.toThrow('ENOENT');
    await expect(test.accounts.signIn({ name: 'admin', password: test.password }, 'a')).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
    expect(await test.accounts.signIn({ name: 'admin', password: 'a much better one' }, 'a')).toMatchObject({ mustChangePassword: false });
  });

  it('asks for the current password, and for another one than that', async () => {
    await using test = await openAccounts();
    const { token } = await test.accounts.signIn({ name: 'admin', password: test.password }, 'a');
    const { accountId } = (await test.accounts.findByToken(token))!;

    await expect(test.accounts.changePassword(accountId, 'wrong', 'a much better one', null)).rejects.toMatchObject({
      code: 'PASSWORD_WRONG',
    });
    await expect(test.accounts.changePassword(accountId, test.password, test.password, null)).rejects.toMatchObject({
      code: 'PASSWORD_UNCHANGED',
    });
  });

  it('ends a session after twelve hours', async () => {
    await using test = await openAccounts();
    const { token, expiresAt } = await test.accounts.signIn({ name: 'admin', password: test.password }, 'a');
    expect(expiresAt).toBe(test.clock.nowMs + 12 * hourMs);

    for (let hour = 1; hour < 12; hour += 1) {
      test.clock.nowMs += hourMs;
      expect(await test.accounts.findByToken(token)).not.toBeNull();
    }
    test.clock.nowMs += hourMs;

    expect(await test.accounts.findByToken(token)).toBeNull();
  });

  it('ends a session that was not used for two hours, and shows those that there are', async () => {
    await using test = await openAccounts();
    const idle = await test.accounts.signIn({ name: 'admin', password: test.password }, '192.0.2.1');
    const used = await test.accounts.signIn({ name: 'admin', password: test.password }, '192.0.2.2');
    const { accountId } = (await test.accounts.findByToken(used.token))!;
    expect((await test.accounts.listSessions(accountId)).map(({ address }) => address).toSorted()).toEqual(['192.0.2.1', '192.0.2.2']);

    test.clock.nowMs += 1.5 * hourMs;
    await test.accounts.findByToken(used.token);
    test.clock.nowMs += 0.5 * hourMs;

    expect(await test.accounts.findByToken(idle.token)).toBeNull();
    expect(await test.accounts.findByToken(used.token)).not.toBeNull();
    const [left, ...others] = await test.accounts.listSessions(accountId);
    expect(others).toEqual([]);
    await test.accounts.endSession(accountId, left?.id ?? '');
    expect(await test.accounts.findByToken(used.token)).toBeNull();
    await expect(test.accounts.endSession('account-other', left?.id ?? '')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('signs out', async () => {
    await using test = await openAccounts();
    const { token } = await test.accounts.signIn({ name: 'admin', password: test.password }, 'a');

    await test.accounts.signOut((await test.accounts.findByToken(token))!.credential.id);

    expect(await test.accounts.findByToken(token)).toBeNull();
  });

  it('keeps no token and no password that could be read from the database', async () => {
    await using test = await openAccounts();
    const { token } = await test.accounts.signIn({ name: 'admin', password: test.password }, 'a');
    const { accountId } = (await test.accounts.findByToken(token))!;
    const api = await test.accounts.createToken(accountId, aToken('ci', 1));

    const tables = await Promise.all([
      test.database.sql.selectFrom('accounts').selectAll().execute(),
      test.database.sql.selectFrom('sessions').selectAll().execute(),
      test.database.sql.selectFrom('api_tokens').selectAll().execute(),
    ]);

    const text = JSON.stringify(tables);
    for (const secret of [test.password, token, api.token]) expect(text).not.toContain(secret);
  });

  it('lets an API token in until it ends or is revoked, and notes when it was used', async () => {
    await using test = await openAccounts();
    const { token } = await test.accounts.signIn({ name: 'admin', password: test.password }, 'a');
    const { accountId } = (await test.accounts.findByToken(token))!;
    const day = await test.accounts.createToken(accountId, aToken('a day', 1));
    const forever = await test.accounts.createToken(accountId, aToken('forever', null));
    expect(day.token).toMatch(/^ost_[\w-]{43}$/);

    expect(await test.accounts.findByToken(day.token)).toMatchObject({ name: 'admin', credential: { kind: 'token', id: day.row.id } });
    expect((await test.accounts.listTokens(accountId)).find(({ id }) => id === day.row.id)?.last_used_at).toBe(test.clock.nowMs);
    test.clock.nowMs += 24 * hourMs;
    expect(await test.accounts.findByToken(day.token)).toBeNull();
    expect(await test.accounts.findByToken(forever.token)).not.toBeNull();
    await test.accounts.deleteToken(accountId, forever.row.id);
    expect(await test.accounts.findByToken(forever.token)).toBeNull();
    await expect(test.accounts.deleteToken(accountId, forever.row.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('slows down guessing a name from many addresses, at the same moment too', async () => {
    await using test = await openAccounts();
    const guesses = Array.from({ length: 12 }, (_, index) => test.accounts.signIn({ name: 'admin', password: 'guess' }, `10.0.0.${index}`));

    const codes = (await Promise.allSettled(guesses)).map((result) =>
      result.status === 'rejected' ? (result.reason as { code: string }).code : 'in',
    );

    expect(codes.filter((code) => code === 'LOGIN_FAILED')).toHaveLength(10);
    expect(codes.filter((code) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(2);
    await expect(test.accounts.signIn({ name: 'admin', password: test.password }, 'c')).rejects.toThrow('Wait 300 seconds');
    test.clock.nowMs += 300_000;
    expect(await test.accounts.signIn({ name: 'admin', password: test.password }, 'c')).toMatchObject({ mustChangePassword: true });
  });
});
