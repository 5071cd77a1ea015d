import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { newStreamKey, sealBytes } from '@ostler/content';
import { temporaryDirectory } from '@ostler/testkit';
import { describe, expect, it } from 'vitest';
import { inPieces } from '../../test/content-parts.ts';
import { databases } from '../../test/databases.ts';
import { aHello, deploymentSite, type DeploymentSite } from '../../test/deployment-site.ts';
import type { Database } from '../database/database.ts';
import { aSealing } from '../../test/sealing.ts';
import { insertDevice } from '../devices/store.ts';
import { associate } from './associations.ts';
import { listStores } from './store.ts';
import { StoreFiles } from './store-files.ts';
import { StateStores, type StoreUser } from './state-stores.ts';

const hourMs = 3_600_000;
const bytes = randomBytes(200_000);
const sent = { sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
const signal = (): AbortSignal => AbortSignal.timeout(60_000);

/** The stores alone, with limits that are the test's. */
async function someStores(database: Database) {
  const folder = await temporaryDirectory();
  const files = new StoreFiles(folder.path);
  const clock = { nowMs: 1_000_000 };
  const limits = { userStateLimitBytes: 1_000_000, userStateLimitStores: 5, userStateRetentionHours: 24 };
  const settings = { get: () => Promise.resolve(limits) };
  const { seal } = await aSealing(database);
  const stores = new StateStores({ database, files, seal, settings, now: () => clock.nowMs });
  return { stores, files, clock, limits, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}
const aRun = (id: string, device = 'device-a'): StoreUser => ({ id: `run-${id}`, device_id: device, device_name: device.slice(7) });

/** Captured, verified and released. */
async function captured(stores: StateStores, run: StoreUser): Promise<string> {
  const { id } = await stores.request(run, 'capture');
  await stores.begin(run, id, bytes.length);
  await stores.append(run, id, 0, inPieces(bytes));
  await stores.finish(run, id, sent, signal());
  expect((await stores.release(run, id)).state).toBe('complete');
  return id;
}

describe.each(databases)('state stores on $dialect', ({ open }) => {
  it('keep a computer’s state from its capture to the end of its retention', async () => {
    await using test = await open();
    await using world = await someStores(test.database);
    const { stores, files, clock } = world;
    const id = await captured(stores, aRun('1'));

    const granted = await stores.request(aRun('2'), 'restore');
    const released = await stores.release(aRun('2'), id);

    expect([granted.id, released.state, released.expires_at]).toEqual([id, 'restored', clock.nowMs + 24 * hourMs]);
    clock.nowMs += 23 * hourMs;
    expect([await stores.expireDue(), existsSync(files.pathOf(id))]).toEqual([0, true]);
    clock.nowMs += hourMs;
    expect([await stores.expireDue(), existsSync(files.pathOf(id))]).toEqual([1, false]);
    expect(await listStores(test.database.sql)).toMatchObject([{ id, state: 'expired', sizeBytes: 0 }]);
    await expect(stores.recover(id)).rejects.toMatchObject({ code: 'STATE_STORE_WITHOUT_CONTENT' });
  });

  it('give the same store again to a run that has lost the answer', async () => {
    await using test = await open();
    await using world = await someStores(test.database);
    const { stores } = world;

    const first = await stores.request(aRun('1'), 'capture');

    expect((await stores.request(aRun('1'), 'capture')).id).toBe(first.id);
    expect((await stores.request(aRun('2'), 'capture')).id).not.toBe(first.id);
  });

  it('go on where a connection was cut, and tell who is wrong where that is', async () => {
    await using test = await open();
    await using world = await someStores(test.database);
    const { stores } = world;
    const run = aRun('1');
    const { id } = await stores.request(run, 'capture');
    await stores.begin(run, id, bytes.length);
    const cut = async function* (): AsyncGenerator<Buffer> {
      yield bytes.subarray(0, 50_000);
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    };

    expect(await stores.append(run, id, 0, cut())).toBe(50_000);
    await expect(stores.append(run, id, 0, inPieces(bytes))).rejects.toMatchObject({ code: 'UPLOAD_OFFSET_WRONG' });
    expect(await stores.receivedBytes(run, id)).toBe(50_000);
    await stores.append(run, id, 50_000, inPieces(bytes.subarray(50_000)));

    await stores.finish(run, id, sent, signal());
    await stores.finish(run, id, sent, signal());
    await expect(stores.append(run, id, bytes.length, inPieces(bytes))).rejects.toMatchObject({ code: 'STATE_STORE_NOT_WRITABLE' });
  });

  it('refuse content that is not what was sent, and drop a capture that is not whole', async () => {
    await using test = await open();
    await using world = await someStores(test.database);
    const { stores, files } = world;
    const run = aRun('1');
    const { id } = await stores.request(run, 'capture');
    await stores.begin(run, id, bytes.length);
    await stores.append(run, id, 0, inPieces(bytes.subarray(1)));

    await expect(stores.finish(run, id, sent, signal())).rejects.toMatchObject({ code: 'STATE_STORE_CONTENT_WRONG' });

    expect([(await stores.release(run, id)).state, existsSync(files.pathOf(id))]).toEqual(['expired', false]);
    await expect(stores.request(aRun('2'), 'restore')).rejects.toMatchObject({ code: 'STATE_STORE_NOTHING_TO_RESTORE' });
  });

  it('take no more than the site allows: number, announced bytes, bytes that came', async () => {
    await using test = await open();
    await using world = await someStores(test.database);
    const { stores, limits } = world;
    const full = { code: 'STATE_STORES_FULL' };
    await captured(stores, aRun('1'));
    const run = aRun('2');
    const { id } = await stores.request(run, 'capture');

    await expect(stores.begin(run, id, 800_001)).rejects.toMatchObject({ ...full, details: { usedBytes: 200_000, stores: 1 } });
    limits.userStateLimitBytes = 300_000;
    await stores.begin(run, id, 50_000);
    await expect(stores.append(run, id, 0, inPieces(bytes))).rejects.toMatchObject(full);
    limits.userStateLimitStores = 2;
    await expect(stores.request(aRun('3'), 'capture')).rejects.toMatchObject(full);
  });

  it('set room aside for captures that begin at the same moment', async () => {
    await using test = await open();
    await using world = await someStores(test.database);
    const { stores } = world;
    const runs = ['1', '2', '3'].map((id) => aRun(id));
    const ids = await Promise.all(runs.map(async (run) => (await stores.request(run, 'capture')).id));

    const begun = await Promise.allSettled(runs.map((run, index) => stores.begin(run, ids[index] ?? '', 600_000)));

    expect(begun.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  it('are restored by their own computer, and by another only once it is associated', async () => {
    await using test = await open();
    await using world = await someStores(test.database);
    const { stores } = world;
    const { sql } = test.database;
    const device = (name: string): Promise<string> =>
      insertDevice(sql, { name, macAddresses: [], smbiosUuid: null, state: 'approved', lastSeenAtMs: null }, 1);
    const [old, fresh] = [await device('old'), await device('fresh')];
    const id = await captured(stores, aRun('1', old));

    await expect(stores.request(aRun('2', fresh), 'restore')).rejects.toMatchObject({ code: 'STATE_STORE_NOTHING_TO_RESTORE' });
    await expect(stores.open(aRun('2', fresh), id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await associate(sql, old, fresh, 1);
    await associate(sql, old, fresh, 2);

    expect((await stores.request(aRun('2', fresh), 'restore')).id).toBe(id);
    expect((await stores.request(aRun('3', old), 'restore')).id).toBe(id);
    await expect(associate(sql, old, old, 1)).rejects.toMatchObject({ code: 'DEVICE_ASSOCIATED_WITH_ITSELF' });
  });

  it('that nobody fills are dropped after a day, and those that are whole are not', async () => {
    await using test = await open();
    await using world = await someStores(test.database);
    const { stores, clock } = world;
    await stores.request(aRun('1'), 'capture');
    const whole = aRun('2');
    const { id } = await stores.request(whole, 'capture');
    await stores.begin(whole, id, bytes.length);
    await stores.append(whole, id, 0, inPieces(bytes));
    await stores.finish(whole, id, sent, signal());

    clock.nowMs += 25 * hourMs;

    expect(await stores.expireDue()).toBe(1);
    expect((await stores.recover(id)).row.state).toBe('open');
  });
});

/** A machine in its run. */
async function aMachine(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: ['52:54:00:12:34:56'] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
  const taskSequenceId = await site.addSequence('Refresh');
  await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required' });
  const { key, runId } = (await site.call('POST', '/agent/hello', aHello(), '')).body;
  return { device, key, path: `/agent/runs/${runId}/state-stores` };
}

describe.each(databases)('the API of state stores on $dialect', ({ open }) => {
  it('serves a run and an administrator, each what is theirs, and recovers the files in clear', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { device, key, path } = await aMachine(site);
    const { id } = (await site.call('POST', path, { purpose: 'capture' }, key)).body;
    const streamKey = Buffer.from((await site.call('POST', `${path}/${id}/open`, undefined, key)).body.key, 'base64');
    const sealed = await buffer(sealBytes(inPieces(bytes), streamKey));
    const sha256 = createHash('sha256').update(sealed).digest('hex');
    await site.call('POST', `${path}/${id}/begin`, { expectedBytes: 1 }, key);
    const stream = { 'content-type': 'application/octet-stream', 'upload-offset': '0' };

    expect((await site.call('PATCH', `${path}/${id}`, sealed, key, stream)).status).toBe(204);
    expect((await site.call('GET', `${path}/${id}`, undefined, key)).body).toEqual({ receivedBytes: sealed.length });
    expect((await site.call('POST', `${path}/${id}/finish`, { sha256, sizeBytes: sealed.length }, key)).status).toBe(200);
    expect((await site.call('DELETE', `/state-stores/${id}`)).body.code).toBe('STATE_STORE_IN_USE');
    expect((await site.call('POST', `${path}/${id}/release`, undefined, key)).body.state).toBe('complete');

    expect((await site.call('POST', path.replace(/run-\w+/, 'run-other'), { purpose: 'restore' }, key)).status).toBe(403);
    expect((await site.call('POST', path, { purpose: 'restore' }, key)).body.id).toBe(id);
    const listed = (await site.call('GET', `/state-stores?deviceId=${device.id}`)).body;
    expect(listed.items).toMatchObject([{ id, state: 'complete', deviceName: 'lab-1' }]);
    expect(JSON.stringify(listed)).not.toContain(streamKey.toString('base64'));
    expect((await site.call('GET', `/state-stores/${id}/content`, undefined, key)).status).toBe(401);
    const authorization = 'Bearer admin';
    const clear = await site.api.inject({ url: `/api/v1/state-stores/${id}/content`, headers: { authorization } });
    expect(clear.rawPayload.equals(bytes)).toBe(true);
  });

  it('says that a store was damaged instead of answering with half of it', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { key, path } = await aMachine(site);
    const { id } = (await site.call('POST', path, { purpose: 'capture' }, key)).body;
    const sealed = await buffer(sealBytes(inPieces(bytes), newStreamKey()));
    const sha256 = createHash('sha256').update(sealed).digest('hex');
    await site.call('POST', `${path}/${id}/begin`, { expectedBytes: 1 }, key);
    await site.call('PATCH', `${path}/${id}`, sealed, key, { 'content-type': 'application/octet-stream', 'upload-offset': '0' });
    await site.call('POST', `${path}/${id}/finish`, { sha256, sizeBytes: sealed.length }, key);
    await site.call('POST', `${path}/${id}/release`, undefined, key);

    expect((await site.call('GET', `/state-stores/${id}/content`)).body.code).toBe('SEALED_STREAM_DAMAGED');
  });

  it('associates computers, and forgets that with either of them', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const device = async (name: string, mac: string): Promise<string> =>
      (await site.call('POST', '/devices', { name, macAddresses: [mac] })).body.id;
    const [old, fresh] = [await device('old', '52:54:00:00:00:01'), await device('fresh', '52:54:00:00:00:02')];

    expect((await site.call('PUT', `/devices/${old}/associations/${fresh}`)).body).toMatchObject({
      sourceName: 'old',
      destinationName: 'fresh',
    });
    expect((await site.call('PUT', `/devices/${old}/associations/device-none`)).status).toBe(404);
    expect((await site.call('GET', '/device-associations')).body.items).toHaveLength(1);
    await site.call('DELETE', `/devices/${fresh}`);

    expect((await site.call('GET', '/device-associations')).body.items).toEqual([]);
    expect((await site.call('DELETE', `/devices/${old}/associations/${fresh}`)).status).toBe(404);
  });
});

it('a file that was changed on the site’s disk is not handed out as whole', async () => {
  await using test = await (databases[0]?.open() ?? Promise.reject(new Error('no database')));
  await using world = await someStores(test.database);
  const id = await captured(world.stores, aRun('1'));
  const path = world.files.pathOf(id);
  await writeFile(path, (await readFile(join(path))).subarray(1));

  await expect(world.stores.request(aRun('2'), 'restore')).rejects.toMatchObject({ code: 'STATE_STORE_WITHOUT_CONTENT' });
});
