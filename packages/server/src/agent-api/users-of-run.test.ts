import type { UpdateSiteSettings } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, mac, type DeploymentSite } from '../../test/deployment-site.ts';

const anna = String.raw`CORP\anna`;

const usersOf = async (site: DeploymentSite, id: string) => (await site.call('GET', `/devices/${id}/users`)).body.items;
const namesOf = async (site: DeploymentSite, query: string) => {
  const { items } = (await site.call('GET', `/devices?${query}`)).body;
  return (items as unknown as { name: string }[]).map(({ name }) => name);
};
const inPath = (user: string): string => encodeURIComponent(user);

/** A run with these variables set in it, and what ends it. */
async function deploy(site: DeploymentSite, settings: UpdateSiteSettings, variables: object, ofDevice: Record<string, string> = {}) {
  await site.settings.update({ trust: 'automatic', ...settings });
  const { id } = (await site.call('POST', '/devices', { name: 'PC-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${id}`);
  for (const [name, value] of Object.entries(ofDevice)) await site.call('PUT', `/devices/${id}/variables/${name}`, { value });
  const taskSequenceId = await site.addSequence('Install');
  await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required' });
  const { key, runId } = (await site.call('POST', '/agent/hello', aHello(), '')).body;
  const finish = async (result: 'succeeded' | 'failed') => {
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ cursor: null, result, variables }), key);
    return (await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key)).status;
  };
  return { id, runId, finish };
}

describe.each(databases)('the users that runs name for their computers, on $dialect,', ({ open }) => {
  it('wait for approval over the whole site where the site says so, and count for nothing until then', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const said = { SMSTSAssignUsersMode: { value: 'Auto' }, smstsudausers: { value: `${anna}, ben` } };
    const { id, runId, finish } = await deploy(site, { userAffinity: 'approval' }, said);
    expect(await finish('succeeded')).toBe(200);

    const pending = (await site.call('GET', '/device-users?state=pending&limit=1')).body as unknown as { next: string; items: object[] };
    expect(pending.items).toMatchObject([{ user: 'ben', source: 'task-sequence', namedBy: 'Install', runId }]);
    const rest = (await site.call('GET', `/device-users?state=pending&after=${inPath(pending.next)}`)).body;
    expect(rest).toMatchObject({ items: [{ user: anna }], next: null });
    expect((await site.call('GET', `/devices/${id}`)).body).toMatchObject({ users: [] });
    expect(await namesOf(site, 'search=anna')).toEqual([]);

    site.clock.nowMs += 60_000;
    const approved = (await site.call('POST', `/devices/${id}/users/${inPath(anna)}/approve`)).body;
    expect(approved).toMatchObject({ state: 'confirmed', namedBy: 'Install', approvedAt: '2026-11-22T10:01:00.000Z' });
    expect((await site.call('POST', `/devices/${id}/users/${inPath(anna)}/approve`)).body.code).toBe('DEVICE_USER_NOT_WAITING');
    expect((await site.call('POST', `/devices/${id}/users/${inPath(anna)}/reject`)).body.code).toBe('DEVICE_USER_NOT_WAITING');
    expect((await site.call('POST', `/devices/${id}/users/ben/reject`)).status).toBe(200);
    expect((await site.call('POST', `/devices/${id}/users/ben/reject`)).body.code).toBe('NOT_FOUND');
    expect(await usersOf(site, id)).toMatchObject([{ user: anna, state: 'confirmed' }]);
    expect(await namesOf(site, 'user=corp%5Canna')).toEqual(['PC-1']);
  });

  it.each([
    ['automatic', 'Auto', ['confirmed']],
    ['automatic', 'pending', ['pending']],
    ['automatic', 'Disabled', []],
    ['automatic', 'sometimes', []],
    ['approval', 'Pending', ['pending']],
    ['ignore', 'Auto', []],
  ] as const)('where the site says %s, a run that says %s names %j', async (userAffinity, mode, states) => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id, finish } = await deploy(site, { userAffinity }, { SMSTSAssignUsersMode: { value: mode } }, { SMSTSUDAUsers: anna });

    expect(await finish('succeeded')).toBe(200);

    expect((await usersOf(site, id)).map(({ state }) => state)).toEqual(states);
  });

  it('are not taken from a run that failed, from secret variables, or where the run deleted what the device had', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const variables = { SMSTSUDAUsers: { sealed: 'x' }, SMSTSAssignUsersMode: { value: 'Auto' } };
    const { id, finish } = await deploy(site, { userAffinity: 'automatic' }, variables, { SMSTSUDAUsers: anna });
    expect(await finish('succeeded')).toBe(200);
    expect(await usersOf(site, id)).toEqual([]);

    await using other = await open();
    await using failing = await deploymentSite(other.database);
    const said = { SMSTSAssignUsersMode: { value: 'Auto' }, SMSTSUDAUsers: { value: anna } };
    const failed = await deploy(failing, { userAffinity: 'automatic' }, said);
    expect(await failed.finish('failed')).toBe(200);
    expect(await usersOf(failing, failed.id)).toEqual([]);
  });

  it('are a hundred at most, however many a computer that was taken over names, and in texts of whatever length', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const many = Array.from({ length: 300 }, (_, number) => `user-${number}`).join(',');
    const often = (name: string) => ({ value: `%${name}%,`.repeat(1300) });
    const variables = {
      SMSTSAssignUsersMode: { value: 'Auto' },
      SMSTSUDAUsers: { value: `${many},%A%` },
      A: often('B'),
      B: often('C'),
      C: often('A'),
    };
    const { id, finish } = await deploy(site, { userAffinity: 'automatic' }, variables);

    expect(await finish('succeeded')).toBe(200);

    expect(await usersOf(site, id)).toHaveLength(100);
  });

  it('that a run names again stay as an administrator left them, and one that waits is confirmed by naming it', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const said = { SMSTSAssignUsersMode: { value: 'Pending' }, SMSTSUDAUsers: { value: `${anna},ben` } };
    const { id, finish } = await deploy(site, { userAffinity: 'automatic' }, said);
    await site.call('POST', `/devices/${id}/users`, { user: anna });
    await finish('succeeded');
    await site.call('POST', `/devices/${id}/users`, { user: 'BEN' });

    expect(await usersOf(site, id)).toMatchObject([
      { user: 'ben', state: 'confirmed', source: 'task-sequence', approvedBy: expect.stringMatching(/./) },
      { user: anna, state: 'confirmed', source: 'administrator', approvedBy: null },
    ]);
  });
});
