import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { deploymentSite, type DeploymentSite } from '../../test/deployment-site.ts';
import { addRecoveryKey } from '../recovery-keys/store.ts';
import { aSealing } from '../../test/sealing.ts';
import { everyRight, sightOf, type Limits } from './rights.ts';
import { createScope, addToScope, putInto } from './scope-store.ts';
import { idsWithin } from './visible.ts';

const nothing: Limits = { scopeIds: [], collectionIds: [] };

/** Two rooms with a computer each, and a task sequence that is deployed to both. */
async function twoRooms(site: DeploymentSite) {
  const taskSequenceId = await site.addSequence('Install');
  const room = async (name: string, mac: string) => {
    const device = (await site.call('POST', '/devices', { name: `${name}-pc`, macAddresses: [mac] })).body.id;
    const collection = (await site.call('POST', '/collections', { name })).body.id;
    await site.call('PUT', `/collections/${collection}/members/${device}`);
    const deployment = (await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection, purpose: 'available' })).body
      .id;
    return { device, collection, deployment };
  };
  return { taskSequenceId, a: await room('room-a', '52:54:00:00:00:0a'), b: await room('room-b', '52:54:00:00:00:0b') };
}

describe.each(databases)('what a limited role reaches on $dialect', ({ open }) => {
  async function opened() {
    await using cleanUp = new AsyncDisposableStack();
    const { database } = cleanUp.use(await open());
    const site = cleanUp.use(await deploymentSite(database));
    const rooms = await twoRooms(site);
    const owned = cleanUp.move();
    const { sql } = database;
    const reach = (permission: Parameters<typeof sightOf>[1], limits: Limits, ids: readonly string[]) =>
      idsWithin(sql, { permission, limits: [limits] }, ids).then((found) => [...found]);
    return { sql, site, rooms, reach, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  }

  it('is the devices of its collections, and what belongs to them', async () => {
    await using test = await opened();
    const { a, b } = test.rooms;
    const onlyA = { scopeIds: null, collectionIds: [a.collection] };
    const { seal } = await aSealing(test.site.database);
    const keys = await Promise.all(
      [a, b].map(({ device }) =>
        addRecoveryKey(
          test.sql,
          { volumeId: '11111111-2222-4333-8444-555555555555', mountPoint: '/', key: 'cbdefghi' },
          { deviceId: device, deviceName: 'pc', runId: 'run-1', nowMs: 1 },
          seal,
        ),
      ),
    );

    expect(await test.reach('devices.read', onlyA, [a.device, b.device])).toEqual([a.device]);
    expect(await test.reach('collections.deploy', onlyA, [a.collection, b.collection])).toEqual([a.collection]);
    expect(await test.reach('deployments.read', onlyA, [a.deployment, b.deployment])).toEqual([a.deployment]);
    expect(await test.reach('recovery-keys.reveal', onlyA, keys)).toEqual([keys[0]]);
    expect(await test.reach('devices.read', { scopeIds: null, collectionIds: ['all-systems'] }, [a.device, b.device])).toHaveLength(2);
  });

  it('is nothing where it was given on nothing, and everything without limits', async () => {
    await using test = await opened();
    const { a } = test.rooms;

    expect(await test.reach('devices.read', nothing, [a.device])).toEqual([]);
    expect(await test.reach('task-sequences.read', nothing, [test.rooms.taskSequenceId])).toEqual([]);
    expect(await test.reach('deployments.read', nothing, [a.deployment])).toEqual([]);
    expect([...(await idsWithin(test.sql, sightOf(everyRight, 'devices.read'), [a.device, 'device-none']))]).toEqual([
      a.device,
      'device-none',
    ]);
  });

  it('does not change a collection that it is limited to, whose members decide what it may do, but those that this one limits', async () => {
    await using test = await opened();
    const { a, b } = test.rooms;
    const below = async (name: string, limitingCollectionId: string) =>
      (await test.site.call('POST', '/collections', { name, limitingCollectionId })).body.id;
    const child = await below('Child', a.collection);
    const grandchild = await below('Grandchild', child);
    const all = [a.collection, b.collection, child, grandchild];
    const onlyA = { scopeIds: null, collectionIds: [a.collection] };
    expect((await test.reach('collections.deploy', onlyA, all)).toSorted()).toEqual([a.collection, child, grandchild].toSorted());
    expect((await test.reach('collections.modify', onlyA, all)).toSorted()).toEqual([child, grandchild].toSorted());

    expect(await test.reach('collections.modify', { scopeIds: null, collectionIds: [a.collection] }, [a.collection])).toEqual([]);
    expect(await test.reach('collections.modify', { scopeIds: ['default'], collectionIds: null }, [a.collection])).toEqual([a.collection]);
  });

  it('is the objects in its security scopes; those in no other one are in the default scope', async () => {
    await using test = await opened();
    const { taskSequenceId, a, b } = test.rooms;
    const { id } = await createScope(test.sql, { name: 'Branch', description: '' }, 1);
    const branch = { scopeIds: [id], collectionIds: null };
    const usual = { scopeIds: ['default'], collectionIds: null };
    expect(await test.reach('task-sequences.read', usual, [taskSequenceId])).toEqual([taskSequenceId]);

    await addToScope(test.sql, id, { type: 'task-sequences', id: taskSequenceId });
    await addToScope(test.sql, id, { type: 'task-sequences', id: taskSequenceId });

    expect(await test.reach('task-sequences.read', usual, [taskSequenceId])).toEqual([]);
    expect(await test.reach('task-sequences.read', branch, [taskSequenceId])).toEqual([taskSequenceId]);
    expect(await test.reach('deployments.read', branch, [a.deployment, b.deployment])).toHaveLength(2);
    await putInto(test.sql, ['default'], { type: 'deployments', id: b.deployment });
    expect(await test.reach('deployments.read', branch, [a.deployment, b.deployment])).toEqual([a.deployment]);
    await expect(addToScope(test.sql, id, { type: 'images', id: 'image-none' })).rejects.toThrow('There is no image image-none.');
  });
});
