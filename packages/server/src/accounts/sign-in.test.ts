/** Sessions and second factors through the API: what a stolen or planted session is worth, and what administrators do for others. */
import type { AuditEntry, Session } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { codeAt } from '../../test/accounts-on.ts';
import { administratorPassword, anAccount, passwordOf, runApp } from '../../test/running-app.ts';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
interface Body {
  readonly code: string;
  readonly token: string;
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  readonly sessionToken: string;
  readonly confirmedAt: string | null;
  readonly items: readonly (Session & AuditEntry & { readonly name: string; readonly secondFactor: boolean })[];
}

async function site() {
  await using cleanUp = new AsyncDisposableStack();
  const running = cleanUp.use(await runApp());
  const admin = await running.signIn();
  const call = async (method: Method, path: string, body?: object, token = admin) => {
    const answer = await running.app.https.inject({
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: answer.statusCode, body: answer.json<Body>() };
  };
  const login = async (name: string, password: string, code?: string) =>
    (await call('POST', '/login', { name, password, ...(code === undefined ? {} : { code }) })).body;
  /** Answers the secret, the recovery codes and the session that goes on. */
  const enrol = async (token: string, password: string) => {
    const { secret } = (await call('POST', '/second-factor/enrol', { password }, token)).body;
    return { ...(await call('POST', '/second-factor/confirm', { code: codeAt(secret, Date.now()) }, token)).body, secret };
  };
  const person = (name: string, roleId: string) => anAccount(running, admin, name, [{ roleId, scopeIds: null, collectionIds: null }]);
  const owned = cleanUp.move();
  return { running, admin, call, login, enrol, person, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

describe('a session', () => {
  it('goes on under another id and token when the password changes, and every other one ends', async () => {
    await using test = await site();
    const { token: known } = await test.login('admin', administratorPassword);
    const { token: other } = await test.login('admin', administratorPassword);
    const before = (await test.call('GET', '/sessions', undefined, known)).body.items.find(({ current }) => current);

    const next = { current: administratorPassword, next: 'another good password' };
    const { sessionToken } = (await test.call('POST', '/password', next, known)).body;

    expect((await test.call('GET', '/whoami', undefined, known)).status).toBe(401);
    expect((await test.call('GET', '/whoami', undefined, other)).status).toBe(401);
    const { items } = (await test.call('GET', '/sessions', undefined, sessionToken)).body;
    expect(items).toHaveLength(1);
    expect(items[0]?.id).not.toBe(before?.id);
    expect(items[0]).toMatchObject({ current: true, expiresAt: before?.expiresAt });
  });

  it('goes on under another token when a second factor comes or goes: who planted or saw the old one is out', async () => {
    await using test = await site();
    const { token: planted } = await test.login('admin', administratorPassword);

    const { sessionToken, recoveryCodes } = await test.enrol(planted, administratorPassword);

    expect(sessionToken).not.toBe(planted);
    expect((await test.call('GET', '/whoami', undefined, planted)).status).toBe(401);
    expect((await test.call('GET', '/whoami', undefined, test.admin)).status).toBe(401);
    const removal = { password: administratorPassword, code: recoveryCodes[0] };
    const removed = (await test.call('POST', '/second-factor/remove', removal, sessionToken)).body;
    expect((await test.call('GET', '/whoami', undefined, sessionToken)).status).toBe(401);
    expect((await test.call('GET', '/whoami', undefined, removed.sessionToken)).status).toBe(200);
  });

  it('gets a token of the server’s at each sign-in, whatever the request brought along', async () => {
    await using test = await site();
    const body = { name: 'admin', password: administratorPassword };
    const first = (await test.call('POST', '/login', body, test.admin)).body.token;
    const second = (await test.call('POST', '/login', body, first)).body.token;

    expect(new Set([test.admin, first, second, 'none']).size).toBe(4);
    const brought = await test.call('POST', '/login', { ...body, token: first, sessionToken: first });
    expect(brought.status).toBe(400);
  });

  it('is seen and ended by an administrator, one or all, and by nobody who has less rights', async () => {
    await using test = await site();
    const { account, token } = await test.person('maria', 'operator');
    const { token: second } = await test.login('maria', passwordOf('maria'));
    const { token: auditor } = await test.person('eve', 'auditor');
    const path = `/accounts/${account.id}/sessions`;

    const { items } = (await test.call('GET', path)).body;
    expect(items.map(({ current }) => current)).toEqual([false, false]);
    expect((await test.call('GET', path, undefined, auditor)).status).toBe(200);
    expect((await test.call('DELETE', path, undefined, auditor)).status).toBe(403);
    expect((await test.call('DELETE', `${path}/${items[0]?.id}`)).status).toBe(200);
    expect((await test.call('DELETE', `${path}/${items[0]?.id}`)).body).toMatchObject({ code: 'NOT_FOUND' });
    const left = await Promise.all([token, second].map(async (each) => (await test.call('GET', '/whoami', undefined, each)).status));
    expect(left.toSorted((one, other) => one - other)).toEqual([200, 401]);
    await test.call('DELETE', path);
    expect((await test.call('GET', path)).body.items).toEqual([]);
    expect((await test.call('GET', '/accounts/account-none/sessions')).status).toBe(404);
  });
});

describe('a second factor', () => {
  it('is begun and removed with the password, and not by a limited API token', async () => {
    await using test = await site();
    const limited = (await test.call('POST', '/tokens', { name: 'ci', permissions: ['devices.read'] })).body.token;

    const begun = await test.call('POST', '/second-factor/enrol', { password: 'a guess' });
    expect(begun.body).toMatchObject({ code: 'PASSWORD_WRONG' });
    const byToken = await test.call('POST', '/second-factor/enrol', { password: administratorPassword }, limited);
    expect(byToken.body).toMatchObject({ code: 'TOKEN_LIMITED' });
    const { sessionToken, recoveryCodes } = await test.enrol(test.admin, administratorPassword);
    const [code] = recoveryCodes;
    const removal = await test.call('POST', '/second-factor/remove', { password: 'a guess', code }, sessionToken);
    expect(removal.body).toMatchObject({ code: 'PASSWORD_WRONG' });
    expect((await test.call('GET', '/second-factor', undefined, sessionToken)).body.confirmedAt).not.toBeNull();
  });

  it('is taken away by an administrator from somebody who lost it, and never from oneself', async () => {
    await using test = await site();
    const { account, token } = await test.person('maria', 'operator');
    const { sessionToken } = await test.enrol(token, passwordOf('maria'));
    expect(await test.login('maria', passwordOf('maria'))).toMatchObject({ code: 'SECOND_FACTOR_NEEDED' });
    const [own] = (await test.call('GET', '/accounts')).body.items;

    const refused = await test.call('DELETE', `/accounts/${own?.id}/second-factor`);
    await test.call('DELETE', `/accounts/${account.id}/second-factor`);

    expect(refused.body).toMatchObject({ code: 'SECOND_FACTOR_OWN' });
    expect((await test.call('GET', '/whoami', undefined, sessionToken)).status).toBe(401);
    expect((await test.login('maria', passwordOf('maria'))).token).toMatch(/^[\w-]{43}$/);
    expect((await test.call('DELETE', `/accounts/${account.id}/second-factor`)).body).toMatchObject({ code: 'SECOND_FACTOR_ABSENT' });
    const [failed, done] = (await test.call('GET', '/audit?operation=accounts.removeSecondFactor&limit=2')).body.items;
    expect(failed).toMatchObject({ result: 'failed', errorCode: 'SECOND_FACTOR_ABSENT' });
    expect(done).toMatchObject({ objectId: account.id, actorName: 'admin', result: 'done' });
  });

  it('that the site requires comes before everything else, for who may do more than look', async () => {
    await using test = await site();
    const { token: analyst } = await test.person('lou', 'analyst');
    const { token: operator } = await test.person('maria', 'operator');
    await test.call('PATCH', '/site', { secondFactor: 'required' });

    expect((await test.call('GET', '/devices', undefined, analyst)).status).toBe(200);
    expect((await test.call('GET', '/devices', undefined, operator)).body).toMatchObject({ code: 'SECOND_FACTOR_REQUIRED' });
    expect((await test.call('GET', '/whoami', undefined, operator)).body).toMatchObject({ mustSetSecondFactor: true });
    const { token: api } = (await test.call('POST', '/tokens', { name: 'command line' }, operator)).body;
    expect((await test.call('GET', '/devices', undefined, api)).body).toMatchObject({ code: 'SECOND_FACTOR_REQUIRED' });
    await test.enrol(api, passwordOf('maria'));
    expect((await test.call('GET', '/devices', undefined, api)).status).toBe(200);
  });

  it('leaves no code and no secret in the audit log', async () => {
    await using test = await site();
    const { secret, sessionToken, recoveryCodes } = await test.enrol(test.admin, administratorPassword);
    const code = codeAt(secret, Date.now());
    await test.login('admin', administratorPassword, code);
    await test.login('admin', administratorPassword, recoveryCodes[1]);

    const { items } = (await test.call('GET', '/audit?limit=1000', undefined, sessionToken)).body;

    const text = JSON.stringify(items.map(({ request, changes }) => ({ request, changes })));
    expect(text).toContain('"code":"(hidden)"');
    for (const each of [secret, code, ...recoveryCodes]) expect(text).not.toContain(`"${each}"`);
    expect(items.map(({ operation }) => operation)).toEqual(expect.arrayContaining(['secondFactor.enrol', 'secondFactor.confirm']));
  });
});
