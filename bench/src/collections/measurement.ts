/** `ostler bench collections`: queries over a large fleet, evaluated in full, and after a device has changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Job } from '@ostler/contract';
import { idOf } from '../large-site/ids.ts';
import type { LargeMeasurement } from '../large-site/command.ts';
import type { LargeSite } from '../large-site/large-site.ts';
import type { PlainDatabase } from '../large-site/plain-database.ts';
import { percentile, seconds, timeMs, type Row } from '../measure.ts';
import { printLine } from '../output.ts';
import { fillDevices } from './fill.ts';

type Scale = Readonly<Record<'devices' | 'collections', number>>;

export const collections: LargeMeasurement<keyof Scale> = {
  name: 'collections',
  title: 'Collections',
  summary: "Evaluates collections with queries over a site's devices, and looks how soon a device that has changed is in the right ones.",
  counts: { devices: 'computers, 100000 by default', collections: 'each with a query, 200 by default' },
  scale: { devices: 100_000, collections: 200 },
  describe: ({ devices, collections: count }) =>
    `${devices.toLocaleString('en')} computers, each with a tag, a variable and an inventory, and ${count} collections with queries over them.\nOf changes: 95 of 100 are seen in their collection so soon after the request that makes them began.`,
  measure: measureCollections,
};

const changes = 40;
const askEveryMs = 10;

async function measureCollections(site: LargeSite, { devices, collections: count }: Scale, signal: AbortSignal): Promise<Row[]> {
  const movedId = await site.whileRunning((client) => makeCollections(client, count, signal));
  await using database = await site.open();
  await fillDevices(database, devices);
  await database.settle();
  printLine('The site takes the devices up …');
  const startedAtMs = performance.now();
  return await site.whileRunning(async (client) => {
    await untilSettled(database, signal);
    const takenUpMs = performance.now() - startedAtMs;
    const change = new Changes(client, database, movedId);
    await database.settle();
    printLine('Evaluating in full …');
    const idleMs = jobMs(await evaluated(client, await evaluation(client, signal), signal));
    printLine('Changing devices …');
    const askedMs = await change.times((id) => change.byRequest(id, signal));
    const followedMs = await change.times((id) => change.byAnother(id, signal));
    const running = await evaluation(client, signal);
    const meanwhileMs = await change.times((id) => change.byRequest(id, signal));
    await evaluated(client, running, signal);
    const p95 = (times: readonly number[]): string => `${percentile(times, 0.95).toFixed(0)} ms`;
    return [
      row('all devices are new: in their collections, from the server’s start', seconds(takenUpMs), '–'),
      row(`full evaluation of ${count} collections`, seconds(idleMs), '< 10 s'),
      row('a device that a request changes', p95(askedMs), '< 1 s'),
      row('a device that another server changes', p95(followedMs), '< 1 s'),
      row('a device that a request changes during a full evaluation', p95(meanwhileMs), '< 1 s'),
    ];
  });
}

function row(what: string, ours: string, expected: string): Row {
  return { what, against: '–', ours, theirs: '–', ratio: null, expected, bound: 'one core' };
}

/** @returns the collection of what has the tag `moved` */
async function makeCollections(client: Client, count: number, signal: AbortSignal): Promise<string> {
  const queries = [
    (n: number) => `hardware.model == "Latitude ${n % 100}"`,
    (n: number) => `"S${n % 50}" in tags`,
    (n: number) => `variables.Site == "site${n % 40}" && hardware.memoryBytes > 9000000000`,
    (n: number) => `name.startsWith("PC-${n}")`,
    (n: number) => `name.matches("^PC-[0-9]*${n % 10}$") && hardware.model.endsWith("${n % 10}")`,
  ];
  for (let n = 1; n < count; n += 1) {
    const query = queries[n % queries.length]?.(n) ?? 'false';
    await client.call('collections.create', { body: { name: `Collection ${n}`, rules: [{ kind: 'query', query }] } }, signal);
  }
  const rules = [{ kind: 'query', query: '"moved" in tags' } as const];
  return (await client.call('collections.create', { body: { name: 'Moved', rules } }, signal)).id;
}

async function untilSettled(database: PlainDatabase, signal: AbortSignal): Promise<void> {
  while ((await database.query('select 1 from devices where memberships_stale = 1 limit 1')) > 0) await sleep(200, undefined, { signal });
}

function evaluation(client: Client, signal: AbortSignal): Promise<Job> {
  return client.call('collections.evaluate', { body: {} }, signal);
}

/** @returns the job when it has ended */
async function evaluated(client: Client, { id }: Job, signal: AbortSignal): Promise<Job> {
  for (;;) {
    const job = await client.call('jobs.get', { params: { id } }, signal);
    if (job.state === 'succeeded') return job;
    if (job.state === 'failed' || job.state === 'cancelled') throw new Error(`The evaluation ${job.state}: ${job.error?.message ?? ''}`);
    await sleep(200, undefined, { signal });
  }
}

function jobMs({ startedAt, endedAt }: Job): number {
  return Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '');
}

/** Devices that change, each once: they get a tag, and with it belong to a collection. */
class Changes {
  readonly #client: Client;
  readonly #database: PlainDatabase;
  readonly #collectionId: string;
  #next = 0;

  constructor(client: Client, database: PlainDatabase, collectionId: string) {
    this.#client = client;
    this.#database = database;
    this.#collectionId = collectionId;
  }

  async times(change: (deviceId: string) => Promise<void>): Promise<number[]> {
    const all: number[] = [];
    for (let done = 0; done < changes; done += 1) {
      const id = `device-${idOf(this.#next)}`;
      this.#next += 1;
      all.push(await timeMs(() => change(id)));
    }
    return all;
  }

  async byRequest(id: string, signal: AbortSignal): Promise<void> {
    await this.#client.call('devices.update', { params: { id }, body: { tags: ['moved'] } }, signal);
    if (!(await this.#isMember(id, signal))) throw new Error('The changed device is not in its collection.');
  }

  /** In the database: this server hears of it by looking. */
  async byAnother(id: string, signal: AbortSignal): Promise<void> {
    await this.#database.execute(`insert into device_tags (device_id, tag_key, tag) values ('${id}', 'moved', 'moved');
      update devices set memberships_stale = 1 where id = '${id}'`);
    while (!(await this.#isMember(id, signal))) await sleep(askEveryMs, undefined, { signal });
  }

  async #isMember(id: string, signal: AbortSignal): Promise<boolean> {
    const { items } = await this.#client.call(
      'collections.members',
      { params: { id: this.#collectionId }, query: { limit: 1000 } },
      signal,
    );
    return items.some((device) => device.id === id);
  }
}
