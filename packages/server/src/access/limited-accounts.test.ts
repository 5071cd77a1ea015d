/** Accounts that are limited, through the API: what they see, do, and cannot give themselves. */
import { describe, expect, it } from 'vitest';
import type { Assignment } from '@ostler/contract';
import { aSequence } from '../../test/deployment-site.ts';
import { anAccount, runApp } from '../../test/running-app.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
interface Body {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly allowed: boolean;
  readonly password: string;
  readonly account: { readonly id: string };
  readonly items: readonly { readonly id: string; readonly permission: string }[];
}

async function site() {
  await using cleanUp = new AsyncDisposableStack();
  const running = cleanUp.use(await runApp());
  const admin = await running.signIn();
  const owned = cleanUp.move();
  const call = async (method: Method, path: string, body?: unknown, token = admin) => {
    const answer = await running.app.https.inject({
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    return { status: answer.statusCode, body: answer.json<Body>() };
  };
  const account = (name: string, ...assignments: readonly Assignment[]) => anAccount(running, admin, name, assignments);
  return { running, call, account, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function twoDevices({ call }: Awaited<ReturnType<typeof site>>) {
  const [mine, other] = [
    (await call('POST', '/devices', { name: 'mine', macAddresses: ['52:54:00:00:00:01'] })).body.id,
    (await call('POST', '/devices', { name: 'other', macAddresses: ['52:54:00:00:00:02'] })).body.id,
  ];
  const collection = (await call('POST', '/collections', { name: 'Branch' })).body.id;
  await call('PUT', `/collections/${collection}/members/${mine}`);
  return { mine, other, collection };
}

describe('a service desk that was given one collection', () => {
  it('sees its devices alone, and deploys to its collection alone', async () => {
    await using test = await site();
    const { mine, other, collection } = await twoDevices(test);
    const imageless = { ...aSequence('Install'), steps: [{ type: 'run-command-line', name: 'Say', options: { commandLine: 'true' } }] };
    const taskSequenceId = (await test.call('POST', '/task-sequences', imageless)).body.id;
    const { token } = await test.account('desk', { roleId: 'service-desk', scopeIds: null, collectionIds: [collection] });
    const body = (collectionId: string) => ({ taskSequenceId, collectionId, purpose: 'available' });
    const deploy = (collectionId: string) => test.call('POST', '/deployments', body(collectionId), token);
    const everywhere = (await test.call('POST', '/deployments', body('all-systems'))).body.id;

    expect((await test.call('GET', '/devices', undefined, token)).body.items.map(({ id }) => id)).toEqual([mine]);
    expect((await test.call('GET', '/collections', undefined, token)).body.items.map(({ id }) => id)).toEqual([collection]);
    expect((await test.call('GET', `/devices/${mine}`, undefined, token)).status).toBe(200);
    // What it may not see does not exist for it.
    expect((await test.call('GET', `/devices/${other}`, undefined, token)).body).toMatchObject({ code: 'NOT_FOUND' });
    expect((await test.call('GET', `/devices/${other}`, undefined, token)).body.message).toBe(`There is no device ${other}.`);
    expect((await deploy('all-systems')).body).toMatchObject({ code: 'NOT_FOUND' });
    const own = (await deploy(collection)).body.id;
    expect((await test.call('GET', '/deployments', undefined, token)).body.items.map(({ id }) => id)).toEqual([own]);
    expect((await test.call('GET', `/deployments/${own}`, undefined, token)).body).toMatchObject({ id: own, collectionName: 'Branch' });
    expect((await test.call('GET', `/deployments/${everywhere}`, undefined, token)).body).toMatchObject({ code: 'NOT_FOUND' });
    expect((await test.call('GET', `/deployments/${everywhere}`)).body).toMatchObject({ id: everywhere });
    expect((await test.call('PUT', `/collections/${collection}/members/${other}`, undefined, token)).status).toBe(403);
    expect((await test.call('POST', '/access/check', { permission: 'devices.read', objectId: other }, token)).body.allowed).toBe(false);
    expect((await test.call('POST', '/access/check', { permission: 'devices.read', objectId: mine }, token)).body.allowed).toBe(true);
  });

  it('is told what it lacks where it may look but not act', async () => {
    await using test = await site();
    const { other, collection } = await twoDevices(test);
    const { token } = await test.account(
      'desk',
      { roleId: 'analyst', scopeIds: null, collectionIds: null },
      { roleId: 'operator', scopeIds: null, collectionIds: [collection] },
    );

    const refused = await test.call('PATCH', `/devices/${other}`, { state: 'blocked' }, token);

    expect(refused.body).toMatchObject({ code: 'PERMISSION_MISSING', details: { permission: 'devices.modify' } });
    expect((await test.call('GET', `/devices/${other}`, undefined, token)).status).toBe(200);
  });
});

describe('a deployment manager that was given one security scope', () => {
  it('makes objects that come into it, and sees no others', async () => {
    await using test = await site();
    const scope = (await test.call('POST', '/security-scopes', { name: 'Branch' })).body.id;
    const { token } = await test.account('maker', { roleId: 'deployment-manager', scopeIds: [scope], collectionIds: null });
    const sequence = (name: string) => ({
      ...aSequence(name),
      steps: [{ type: 'run-command-line', name: 'Say', options: { commandLine: 'true' } }],
    });
    const theirs = (await test.call('POST', '/task-sequences', sequence('Theirs'))).body.id;

    const own = (await test.call('POST', '/task-sequences', sequence('Own'), token)).body.id;

    expect((await test.call('GET', '/task-sequences', undefined, token)).body.items.map(({ id }) => id)).toEqual([own]);
    expect((await test.call('GET', `/task-sequences/${theirs}`, undefined, token)).status).toBe(404);
    expect((await test.call('GET', `/security-scopes/${scope}/objects`)).body.items).toEqual([{ type: 'task-sequences', id: own }]);
    // A job makes it later, in the default scope.
    const build = await test.call('POST', '/images/create', { name: 'x', distribution: 'debian' }, token);
    expect(build.body).toMatchObject({ code: 'PERMISSION_MISSING' });
  });
});

describe('accounts', () => {
  it('keep one full administrator without limits', async () => {
    await using test = await site();
    const everything = { roleId: 'full-administrator', scopeIds: null, collectionIds: null };
    const [admin] = (await test.call('GET', '/accounts')).body.items;
    const path = `/accounts/${admin?.id ?? ''}`;

    expect((await test.call('DELETE', path)).body).toMatchObject({ code: 'LAST_ADMINISTRATOR' });
    expect((await test.call('PATCH', path, { disabled: true })).body).toMatchObject({ code: 'LAST_ADMINISTRATOR' });
    const limited = { ...everything, collectionIds: ['all-systems'] };
    expect((await test.call('PATCH', path, { assignments: [limited] })).body).toMatchObject({ code: 'LAST_ADMINISTRATOR' });

    const second = await test.account('second', everything);
    expect((await test.call('DELETE', path, undefined, second.token)).status).toBe(200);
    expect((await test.call('GET', '/accounts')).status).toBe(401);
  });

  it('give and govern no more than they have', async () => {
    await using test = await site();
    const all = (await test.call('GET', '/roles')).body.items as unknown as { id: string; permissions: string[] }[];
    const people = ['accounts.read', 'accounts.create', 'accounts.modify', 'accounts.delete', 'roles.read', 'roles.create', 'roles.modify'];
    const role = (await test.call('POST', '/roles', { name: 'People', permissions: people })).body.id;
    const { token, account } = await test.account('hr', { roleId: role, scopeIds: null, collectionIds: null });
    const [admin] = (await test.call('GET', '/accounts')).body.items;
    const mighty = [{ roleId: 'full-administrator', scopeIds: null, collectionIds: null }];

    const tries = [
      await test.call('POST', '/accounts', { name: 'friend', assignments: mighty }, token),
      await test.call('PATCH', `/accounts/${account.id}`, { assignments: mighty }, token),
      await test.call('POST', `/accounts/${admin?.id ?? ''}/reset-password`, undefined, token),
      await test.call('POST', '/roles', { name: 'Mighty', permissions: all[0]?.permissions }, token),
      await test.call('PUT', `/roles/${role}`, { name: 'People', permissions: [...people, 'site.modify'] }, token),
    ];

    expect(tries.map(({ body }) => body.code)).toEqual(tries.map(() => 'RIGHTS_EXCEED_OWN'));
    expect((await test.call('POST', '/accounts', { name: 'colleague' }, token)).status).toBe(200);
  });

  it('are let in again with a new one-time password, and not while they are disabled', async () => {
    await using test = await site();
    const { account, token } = await test.account('alice', { roleId: 'analyst', scopeIds: null, collectionIds: null });
    const path = `/accounts/${account.id}`;

    const { password } = (await test.call('POST', `${path}/reset-password`)).body;
    expect((await test.call('GET', '/devices', undefined, token)).status).toBe(401);
    await test.call('PATCH', path, { disabled: true });
    expect((await test.call('POST', '/login', { name: 'alice', password })).body).toMatchObject({ code: 'LOGIN_FAILED' });
    await test.call('PATCH', path, { disabled: false });
    expect((await test.call('POST', '/login', { name: 'alice', password })).body).toMatchObject({ mustChangePassword: true });
  });

  it('have roles that are made, changed and kept while somebody has them', async () => {
    await using test = await site();
    const role = (await test.call('POST', '/roles', { name: 'Looker', permissions: ['devices.read'] })).body.id;
    const { token, account } = await test.account('bob', { roleId: role, scopeIds: null, collectionIds: null });

    expect((await test.call('GET', '/access', undefined, token)).body.items).toEqual([
      { permission: 'devices.read', scopeIds: null, collectionIds: null },
    ]);
    expect((await test.call('GET', `/accounts/${account.id}/rights`)).body.items).toHaveLength(1);
    await test.call('PUT', `/roles/${role}`, { name: 'Looker', permissions: ['collections.read'] });
    expect((await test.call('GET', '/devices', undefined, token)).status).toBe(403);
    expect((await test.call('DELETE', `/roles/${role}`)).body).toMatchObject({
      code: 'IN_USE',
      message: 'The role Looker is used by bob.',
    });
    expect((await test.call('PUT', '/roles/analyst', { name: 'Analyst', permissions: [] })).body).toMatchObject({ code: 'ROLE_BUILT_IN' });
  });
});

describe('an API token', () => {
  it('has no more than it was given, no more than its account, and gives itself nothing', async () => {
    await using test = await site();
    const { mine, other, collection } = await twoDevices(test);
    const limits = { permissions: ['devices.read', 'site.read', 'accounts.read'], collectionIds: [collection] };
    const made = (await test.call('POST', '/tokens', { name: 'script', ...limits })).body as unknown as { token: string };
    const { token } = made;

    expect((await test.call('GET', '/devices', undefined, token)).body.items.map(({ id }) => id)).toEqual([mine]);
    expect((await test.call('GET', `/devices/${other}`, undefined, token)).status).toBe(404);
    expect((await test.call('DELETE', `/devices/${mine}`, undefined, token)).body).toMatchObject({ code: 'PERMISSION_MISSING' });
    // What concerns the whole site is not for a token that is limited to a collection.
    expect((await test.call('GET', '/accounts', undefined, token)).status).toBe(403);
    const tries = [
      await test.call('POST', '/tokens', { name: 'more' }, token),
      await test.call('POST', '/password', { current: 'x', next: 'a much better one' }, token),
      await test.call('DELETE', '/sessions/session-1', undefined, token),
    ];
    expect(tries.map(({ body }) => body.code)).toEqual(['TOKEN_LIMITED', 'TOKEN_LIMITED', 'TOKEN_LIMITED']);

    const desk = await test.account('desk', { roleId: 'service-desk', scopeIds: null, collectionIds: [collection] });
    const wide = (await test.call('POST', '/tokens', { name: 'wide', permissions: ['site.modify', 'devices.read'] }, desk.token))
      .body as unknown as { token: string };
    expect((await test.call('PATCH', '/site', { name: 'Mine' }, wide.token)).status).toBe(403);
    expect((await test.call('GET', '/devices', undefined, wide.token)).body.items).toHaveLength(1);
  });
});
