/**
 * Keeps the memberships of collections: of devices that have changed, of collections whose rules have changed, and of all. Whatever changes a
 * device marks it as stale in the same transaction; what is evaluated is read and written in one transaction with the devices locked, rules
 * last, so that the newest rules and the newest device always have the last word, also with several servers on one database.
 */
import type { Progress } from '@ostler/contract';
import type { Logger } from 'pino';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../database/database.ts';
import { isOneOf } from '../database/is-one-of.ts';
import type { Queries } from '../devices/store.ts';
import { memberIds, readCandidates, type StoredCandidate } from './candidates.ts';
import { judge } from './evaluate.ts';
import { inOrder, withDependants, type CollectionNode } from './graph.ts';
import type { QueryLanguage } from './query/query-language.ts';
import { collectionLinks, collectionNodes } from './rules.ts';

export interface MembershipDependencies {
  readonly database: Database;
  readonly language: QueryLanguage;
  readonly now: () => number;
  readonly log: Logger;
}

/** What brings a device's memberships up to date before they are needed. */
export interface SettledMemberships {
  /** Costs one look where nothing has changed. */
  settle(deviceId: string): Promise<void>;
}

/** So many devices at a time: it is what other requests wait for on SQLite. */
const chunkSize = 400;
/** So many of them are asked the rules of all collections before the next: what is known of them stays in the processor's cache. */
const askedAtOnce = 32;
/** PostgreSQL reads the next ones on other cores while this thread asks the queries of one. */
const chunksAtOnce = { sqlite: 1, postgres: 3 } as const;

export class Memberships implements SettledMemberships {
  readonly #dependencies: MembershipDependencies;

  constructor(dependencies: MembershipDependencies) {
    this.#dependencies = dependencies;
  }

  async settle(deviceId: string): Promise<void> {
    const { sql } = this.#dependencies.database;
    const stale = sql.selectFrom('devices').select('id').where('id', '=', deviceId).where('memberships_stale', '=', 1);
    if ((await stale.executeTakeFirst()) !== undefined) await this.#evaluateChunk([deviceId], null);
  }

  /** Also where nothing of the device itself has changed: what it was added to. */
  async evaluateDevice(deviceId: string): Promise<void> {
    await this.#evaluateChunk([deviceId], null);
  }

  /** @returns how many were stale; there may be more */
  async settleSome(): Promise<number> {
    const { sql } = this.#dependencies.database;
    const stale = await sql.selectFrom('devices').select('id').where('memberships_stale', '=', 1).orderBy('id').limit(chunkSize).execute();
    if (stale.length > 0) {
      await this.#evaluateChunk(
        stale.map(({ id }) => id),
        null,
      );
    }
    return stale.length;
  }

  /**
   * Asks the rules of every device anew.
   * @param collectionId this one and those that depend on it; null: all
   * @returns how many devices were asked
   */
  async evaluate(
    collectionId: string | null,
    signal: AbortSignal,
    report: (progress: Progress) => void = () => undefined,
  ): Promise<number> {
    const { sql, dialect } = this.#dependencies.database;
    const targets = collectionId === null ? null : withDependants(await collectionLinks(sql), collectionId);
    const total = (await sql.selectFrom('devices').select(sql.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()).count;
    const chunks = everyDevice(sql, signal);
    const tally = new Tally();
    let done = 0;
    const lane = async (): Promise<void> => {
      for await (const ids of chunks) {
        tally.add(await this.#evaluateChunk(ids, targets));
        done += ids.length;
        report({ activity: 'Asking every device', done: Math.round((100 * done) / Math.max(total, done)), total: 100, unit: 'percent' });
        await nextTurn(undefined, { signal });
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: chunksAtOnce[dialect] }, lane));
    for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
    await this.#saveTally(tally, targets);
    return done;
  }

  /** Collections whose rules have changed and that were not evaluated after it, because the server ended meanwhile. */
  async finishInterrupted(signal: AbortSignal): Promise<void> {
    const { sql } = this.#dependencies.database;
    const left = sql.selectFrom('collections').select('id').where('built_in', '=', 0).where('evaluated_at', 'is', null);
    for (const { id } of await left.execute()) await this.evaluate(id, signal);
  }

  async #evaluateChunk(ids: readonly string[], targets: ReadonlySet<string> | null): Promise<Tally> {
    const { database, language } = this.#dependencies;
    return withoutDeadlock(() =>
      database.sql.transaction().execute(async (transaction) => {
        if (database.dialect === 'postgres') await lock(transaction, ids);
        const candidates = await readCandidates(transaction, ids, this.#dependencies);
        const nodes = inOrder(await collectionNodes(transaction, language));
        const asked = targets === null ? nodes : nodes.filter(({ id }) => targets.has(id));
        const tally = askAll(asked, candidates);
        await saveChanges(transaction, asked, candidates);
        if (targets === null) await unmark(transaction, ids);
        return tally;
      }),
    );
  }

  async #saveTally(tally: Tally, targets: ReadonlySet<string> | null): Promise<void> {
    const { database, now, log } = this.#dependencies;
    const nodes = await collectionLinks(database.sql);
    for (const { id, name } of nodes) {
      if (targets?.has(id) === false) continue;
      const { ms, unanswered } = tally.of(id);
      const evaluation = { evaluated_at: now(), evaluation_ms: Math.round(ms), unanswered_count: unanswered };
      await database.sql.updateTable('collections').set(evaluation).where('id', '=', id).execute();
      if (unanswered > 0)
        log.warn({ collectionId: id, collectionName: name, devices: unanswered }, 'a query had no answer on some devices');
    }
  }
}

/** The ids of all devices in their order, some at a time. */
async function* everyDevice(sql: Queries, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  for (let after = ''; ;) {
    signal.throwIfAborted();
    const ids = await memberIds(sql, null, after, chunkSize);
    const last = ids.at(-1);
    if (last === undefined) return;
    yield ids;
    after = last;
  }
}

/** Time and queries without an answer, by collection. */
class Tally {
  readonly #byCollection = new Map<string, { ms: number; unanswered: number }>();

  count(id: string, ms: number, unanswered: number): void {
    const before = this.of(id);
    this.#byCollection.set(id, { ms: before.ms + ms, unanswered: before.unanswered + unanswered });
  }

  add(other: Tally): void {
    for (const [id, { ms, unanswered }] of other.#byCollection) this.count(id, ms, unanswered);
  }

  of(id: string): { readonly ms: number; readonly unanswered: number } {
    return this.#byCollection.get(id) ?? { ms: 0, unanswered: 0 };
  }
}

/** Leaves in each candidate's `memberOf` what it is in now. */
function askAll(nodes: readonly CollectionNode[], candidates: readonly StoredCandidate[]): Tally {
  const tally = new Tally();
  const asked = new Set(nodes.map(({ id }) => id));
  for (const { memberOf, stored } of candidates) for (const id of stored) if (asked.has(id)) memberOf.delete(id);
  for (let from = 0; from < candidates.length; from += askedAtOnce) {
    const some = candidates.slice(from, from + askedAtOnce);
    for (const node of nodes) {
      const startedMs = performance.now();
      const unanswered = askEach(node, some);
      tally.count(node.id, performance.now() - startedMs, unanswered);
    }
  }
  return tally;
}

/** @returns on how many the collection's query had no answer */
function askEach(node: CollectionNode, candidates: readonly StoredCandidate[]): number {
  let unanswered = 0;
  for (const candidate of candidates) {
    const verdict = judge(node, candidate);
    if (verdict.isMember) candidate.memberOf.add(node.id);
    if (verdict.unanswered) unanswered += 1;
  }
  return unanswered;
}

/** What a device is in is far less than what there is: only that is looked at. */
async function saveChanges(sql: Queries, nodes: readonly CollectionNode[], candidates: readonly StoredCandidate[]): Promise<void> {
  const asked = new Set(nodes.map(({ id }) => id));
  const gone = candidates.flatMap(({ stored, memberOf, device }) => {
    return [...stored].filter((id) => !memberOf.has(id)).map((id) => ({ id, device: device.id }));
  });
  for (const [id, leaving] of Map.groupBy(gone, (each) => each.id)) {
    const devices = leaving.map(({ device }) => device);
    await sql
      .deleteFrom('collection_members')
      .where('collection_id', '=', id)
      .where(isOneOf(sql, 'device_id', devices))
      .execute();
  }
  const added = candidates.flatMap(({ stored, memberOf, device }) => {
    const joined = [...memberOf].filter((id) => asked.has(id) && !stored.has(id));
    return joined.map((id) => ({ collection_id: id, device_id: device.id }));
  });
  for (let from = 0; from < added.length; from += 500) {
    await sql
      .insertInto('collection_members')
      .values(added.slice(from, from + 500))
      .onConflict((conflict) => conflict.columns(['collection_id', 'device_id']).doNothing())
      .execute();
  }
}

/** Whoever changes one of them, or evaluates it on another server, waits. In one order, so that nobody waits for each other. */
async function lock(sql: Queries, ids: readonly string[]): Promise<void> {
  await sql
    .selectFrom('devices')
    .select('id')
    .where(isOneOf(sql, 'id', ids))
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}

async function unmark(sql: Queries, ids: readonly string[]): Promise<void> {
  await sql
    .updateTable('devices')
    .set({ memberships_stale: 0 })
    .where(isOneOf(sql, 'id', ids))
    .where('memberships_stale', '=', 1)
    .execute();
}

/** PostgreSQL ends one of two transactions that wait for each other (SQLSTATE 40P01): it is simply done again. */
async function withoutDeadlock<T>(work: () => Promise<T>, attemptsLeft = 4): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isDeadlock = error instanceof Error && 'code' in error && error.code === '40P01';
    if (!isDeadlock || attemptsLeft === 0) throw error;
    return withoutDeadlock(work, attemptsLeft - 1);
  }
}
