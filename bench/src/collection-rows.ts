/** Collections at scale, on SQLite: 100,000 devices whose rows are written straight into the database, and 200 collections with queries. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@ostler/contract';
import { seconds, type Row } from './measure.ts';

const deviceCount = 100_000;
const collectionCount = 200;

/** What a site is for this: started, stopped, and started again on the same data. */
export interface CollectionSite {
  readonly dataDirectory: string;
  /** Runs `work` while the site runs. */
  readonly whileRunning: <T>(work: (client: Client) => Promise<T>) => Promise<T>;
}

export async function measureCollections({ dataDirectory, whileRunning }: CollectionSite, signal: AbortSignal): Promise<Row[]> {
  const collectionId = await whileRunning((client) => makeCollections(client, signal));
  writeDevices(join(dataDirectory, 'ostler.sqlite'));
  return whileRunning(async (client) => {
    // The site takes the new devices up by itself; the evaluation that is measured finds them settled.
    await evaluate(client, signal);
    const evaluationMs = await evaluate(client, signal);
    const changeMs = await changeOne(client, collectionId, signal);
    const scale = `${deviceCount.toLocaleString('en')} devices`;
    return [
      row(`full evaluation of ${collectionCount} collections, ${scale}`, seconds(evaluationMs), '< 10 s'),
      row(`a changed device is in its collections, ${scale}`, `${changeMs.toFixed(0)} ms`, '< 1 s'),
    ];
  });
}

function row(what: string, ours: string, expected: string): Row {
  return { what, against: '–', ours, theirs: '–', ratio: null, expected, bound: 'one core' };
}

/** @returns the collection of what has the tag `moved` */
async function makeCollections(client: Client, signal: AbortSignal): Promise<string> {
  const queries = [
    (n: number) => `hardware.model == "Latitude ${n % 100}"`,
    (n: number) => `"S${n % 50}" in tags`,
    (n: number) => `variables.Site == "site${n % 40}" && hardware.memoryBytes > 9000000000`,
    (n: number) => `name.startsWith("PC-${n}")`,
    (n: number) => `name.matches("^PC-[0-9]*${n % 10}$") && hardware.model.endsWith("${n % 10}")`,
  ];
  for (let n = 1; n < collectionCount; n += 1) {
    const query = queries[n % queries.length]?.(n) ?? 'false';
    await client.call('collections.create', { body: { name: `Collection ${n}`, rules: [{ kind: 'query', query }] } }, signal);
  }
  const rules = [{ kind: 'query', query: '"moved" in tags' } as const];
  return (await client.call('collections.create', { body: { name: 'Moved', rules } }, signal)).id;
}

/** As agents and administrators would have written them. */
function writeDevices(file: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec('begin');
    const device = database.prepare('insert into devices (id, name, state, created_at, memberships_stale) values (?, ?, ?, ?, 1)');
    const tag = database.prepare('insert into device_tags (device_id, tag_key, tag) values (?, ?, ?)');
    const variable = database.prepare(
      "insert into variables (owner_kind, owner_id, name_key, name, value, secret) values ('device', ?, 'site', 'Site', ?, 0)",
    );
    const inventory = database.prepare('insert into device_inventories (device_id, hardware, reported_at, changed_at) values (?, ?, 1, 1)');
    for (let n = 0; n < deviceCount; n += 1) {
      const id = `device-${n.toString(16).padStart(20, '0')}`;
      device.run(id, `PC-${n}`, 'approved', 1);
      tag.run(id, `s${n % 50}`, `S${n % 50}`);
      variable.run(id, `site${n % 40}`);
      const disk = {
        name: 'nvme0n1',
        model: 'SSD',
        serialNumber: 'S',
        sizeBytes: 5e11,
        transport: 'nvme',
        rotational: false,
        removable: false,
      };
      const pciIds = Array.from({ length: 30 }, (_, index) => `8086:${(4096 + index).toString(16)}`);
      inventory.run(id, JSON.stringify({ model: `Latitude ${n % 100}`, memoryBytes: (8 + (n % 4) * 8) * 1e9, disks: [disk], pciIds }));
    }
    database.exec('commit');
  } finally {
    database.close();
  }
}

/** @returns how long the job ran */
async function evaluate(client: Client, signal: AbortSignal): Promise<number> {
  const { id } = await client.call('collections.evaluate', { body: {} }, signal);
  for (;;) {
    const { state, startedAt, endedAt, error } = await client.call('jobs.get', { params: { id } }, signal);
    if (state === 'succeeded') return Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '');
    if (state === 'failed' || state === 'cancelled') throw new Error(`The evaluation ${state}: ${error?.message ?? ''}`);
    await sleep(200, undefined, { signal });
  }
}

/** From the request that changes it to the answer that has it as a member. */
async function changeOne(client: Client, collectionId: string, signal: AbortSignal): Promise<number> {
  const { items } = await client.call('devices.list', { query: { name: 'PC-77' } }, signal);
  const id = items[0]?.id ?? '';
  const startedAt = performance.now();
  await client.call('devices.update', { params: { id }, body: { tags: ['moved'] } }, signal);
  const members = await client.call('collections.members', { params: { id: collectionId }, query: {} }, signal);
  if (members.items[0]?.id !== id) throw new Error('The changed device is not in its collection.');
  return performance.now() - startedAt;
}
