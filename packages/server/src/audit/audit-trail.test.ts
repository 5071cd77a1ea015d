/** What comes into the audit log, through the API. */
import type { AuditEntry } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { administratorPassword, anAccount, runApp } from '../../test/running-app.ts';

async function site() {
  await using cleanUp = new AsyncDisposableStack();
  const running = cleanUp.use(await runApp());
  const admin = await running.signIn();
  const owned = cleanUp.move();
  const call = async (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object, token = admin) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await running.app.https.inject({
      method,
      url: `/api/v1${path}`,
      headers,
      ...(body === undefined ? {} : { payload: body }),
    });
    return answer.json<{ id: string; items: AuditEntry[]; intact: boolean; token: string }>();
  };
  const entries = async (query = '') => (await call('GET', `/audit?limit=1000${query}`)).items;
  return { running, admin, call, entries, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

describe('the audit log', () => {
  it('has who changed what from where, with what it was before', async () => {
    await using test = await site();
    const { id } = await test.call('POST', '/devices', { name: 'pc-1', macAddresses: ['52:54:00:00:00:01'] });
    await test.call('PATCH', `/devices/${id}`, { name: 'pc-2' });
    await test.call('GET', `/devices/${id}`);
    await test.call('DELETE', `/devices/${id}`);

    const [deleted, updated, created] = await test.entries(`&objectId=${id}`);

    expect(created).toMatchObject({ operation: 'devices.import', actorName: 'admin', address: '127.0.0.1', result: 'done' });
    expect(updated).toMatchObject({ operation: 'devices.update', changes: { name: { before: 'pc-1', after: 'pc-2' } } });
    expect(deleted).toMatchObject({ operation: 'devices.delete', changes: { name: { before: 'pc-2', after: null } } });
    expect(await test.entries(`&objectId=${id}`)).toHaveLength(3);
    expect((await test.call('GET', '/audit/verify')).intact).toBe(true);
  });

  it('has what a deployment was set to before each change, and what was deleted', async () => {
    await using test = await site();
    const steps = [{ type: 'run-command-line', name: 'Say', options: { commandLine: 'true' } }];
    const taskSequenceId = (await test.call('POST', '/task-sequences', { name: 'Say', steps })).id;
    const { id } = await test.call('POST', '/deployments', { taskSequenceId, collectionId: 'all-systems', purpose: 'available' });
    await test.call('PATCH', `/deployments/${id}`, { priority: 'high' });
    await test.call('DELETE', `/deployments/${id}`);

    const [deleted, updated] = await test.entries(`&objectId=${id}`);

    expect(updated).toMatchObject({ operation: 'deployments.update', changes: { priority: { before: 'normal', after: 'high' } } });
    expect(deleted).toMatchObject({ operation: 'deployments.delete', changes: { collectionName: { before: 'All Systems', after: null } } });
  });

  it('has sign-ins that failed, and what was refused', async () => {
    await using test = await site();
    const { token, account } = await anAccount(test.running, test.admin, 'looker', [
      { roleId: 'analyst', scopeIds: null, collectionIds: null },
    ]);
    await test.call('POST', '/login', { name: 'looker', password: 'a guess' }, 'none');
    await test.call('DELETE', '/devices/device-1', undefined, token);

    const [refused] = await test.entries('&actor=looker&operation=devices.delete');
    const [login] = await test.entries('&operation=accounts.login');

    expect(refused).toMatchObject({ actorId: account.id, objectId: 'device-1', result: 'refused', errorCode: 'PERMISSION_MISSING' });
    expect(login).toMatchObject({ actorKind: 'system', actorName: 'looker', result: 'refused', errorCode: 'LOGIN_FAILED' });
  });

  it('has every reading of a secret, and no secret', async () => {
    await using test = await site();
    const secrets = ['hunter-two-hunter', 'deploy-me-now', 'cbdefghi-recovery'];
    const { id } = await test.call('POST', '/devices', { name: 'pc-1', macAddresses: ['52:54:00:00:00:01'] });
    await test.call('PUT', `/devices/${id}/variables/Secret`, { value: secrets[0], secret: true });
    await test.call('PUT', `/devices/${id}/variables/Plain`, { value: 'seen', secret: false });
    await test.call('PATCH', '/site', { targetPassword: secrets[1], name: 'Renamed' });
    const { token } = await test.call('POST', '/tokens', { name: 'ci' });
    await test.call('POST', '/recovery-keys/recovery-key-none/reveal');
    await test.call('GET', '/state-stores/store-none/content');

    const entries = await test.entries();
    const text = JSON.stringify(entries);

    for (const secret of [...secrets, token, administratorPassword]) expect(text).not.toContain(secret);
    expect(text).toContain('"value":"seen"');
    expect(text).toContain('"value":"(hidden)"');
    expect(entries.map(({ operation }) => operation)).toEqual(expect.arrayContaining(['recoveryKeys.reveal', 'stateStores.content']));
    const [changed] = await test.entries('&operation=site.update');
    expect(changed?.changes).toMatchObject({ name: { before: 'Ostler', after: 'Renamed' } });
  });
});
