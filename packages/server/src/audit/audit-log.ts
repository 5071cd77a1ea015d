/**
 * The audit log: entries in a chain, so that none can be changed, removed or inserted unseen. A change is noted as begun before its work; the
 * note becomes its entry when the work has ended, or when the server did not live to see that. So no change stands without an entry.
 */
import { OstlerError, type AuditEntry, type AuditQuery, type AuditVerification } from '@ostler/contract';
import type { DeleteQueryBuilder, DeleteResult } from 'kysely';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import { isoTime } from '../iso-time.ts';
import { appendEntry, beginningOf, firstProblem, holdHead, removal, type AuditRecord, type AuditRow, type Link } from './audit-chain.ts';

/** So many entries are in memory while the chain is followed. */
const batchEntries = 1000;

export class AuditLog {
  readonly #sql: Database['sql'];
  readonly #now: () => number;
  readonly #serverId: string;

  /** @param serverId whose the changes are that begin here */
  constructor({ sql }: Database, now: () => number, serverId = 'server') {
    this.#sql = sql;
    this.#now = now;
    this.#serverId = serverId;
  }

  /** Adds an entry at the end of the chain, whichever server adds one at the same moment. */
  async add(record: AuditRecord): Promise<void> {
    await this.#sql.transaction().execute((transaction) => appendEntry(transaction, record, this.#now()));
  }

  /** Notes what is about to be done. @returns the id of the note, for `end` */
  async begin(record: Omit<AuditRecord, 'result' | 'errorCode' | 'changes'>): Promise<string> {
    const unseen: AuditRecord = { ...record, result: 'interrupted', errorCode: null, changes: {} };
    const id = newId('change');
    const row = { id, server_id: this.#serverId, begun_at: this.#now(), record: JSON.stringify(unseen) };
    await this.#sql.insertInto('audit_begun').values(row).execute();
    return id;
  }

  /** Puts the entry in the place of the note, at once; null: nothing came of it that is worth one. */
  async end(id: string, record: AuditRecord | null): Promise<void> {
    await this.#sql.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('audit_begun').where('id', '=', id).execute();
      if (record !== null) await appendEntry(transaction, record, this.#now());
    });
  }

  /** What this server had begun when it died gets its entries: before it answers the first request. @returns how many */
  settleOwn(): Promise<number> {
    return this.#settle((notes) => notes.where('server_id', '=', this.#serverId));
  }

  /** The same of servers that are not there any more. @returns how many */
  settleOfGone(): Promise<number> {
    return this.#settle((notes) => notes.where('server_id', 'not in', (servers) => servers.selectFrom('servers').select('servers.id')));
  }

  /** Newest first. */
  async page(query: AuditQuery): Promise<{ items: AuditEntry[]; next: number | null }> {
    const { actor, objectId, operation, result, since, until, before, limit } = query;
    let rows = this.#sql
      .selectFrom('audit_entries')
      .selectAll()
      .orderBy('number', 'desc')
      .limit(limit + 1);
    if (actor !== undefined) rows = rows.where('actor_name', '=', actor);
    if (objectId !== undefined) rows = rows.where('object_id', '=', objectId);
    if (operation !== undefined) rows = rows.where('operation', '=', operation);
    if (result !== undefined) rows = rows.where('result', '=', result);
    if (since !== undefined) rows = rows.where('at', '>=', Date.parse(since));
    if (until !== undefined) rows = rows.where('at', '<=', Date.parse(until));
    if (before !== undefined) rows = rows.where('number', '<', before);
    const found = await rows.execute();
    const items = found.slice(0, limit).map(asEntry);
    return { items, next: found.length > limit ? (items.at(-1)?.number ?? null) : null };
  }

  /** Follows the chain from its oldest entry to the head. */
  async verify(): Promise<AuditVerification> {
    for (;;) {
      const beginning = await beginningOf(this.#sql);
      const verified = await this.#follow(beginning);
      // Old entries may have been removed while this read.
      if (verified.intact || (await beginningOf(this.#sql)).number === beginning.number) return verified;
    }
  }

  /**
   * Removes some of the oldest entries, those before this time, and adds the one that says so: it has the hash that the oldest one left refers
   * to, so that the chain can still be followed. @returns how many; 0: there is nothing more
   * @throws OstlerError AUDIT_NOT_INTACT: what was tampered with is kept
   */
  async removeBefore(beforeMs: number): Promise<number> {
    return this.#sql.transaction().execute(async (transaction) => {
      await holdHead(transaction);
      const oldest = await transaction.selectFrom('audit_entries').selectAll().orderBy('number').limit(batchEntries).execute();
      const youngAt = oldest.findIndex(({ at }) => at >= beforeMs);
      const old = youngAt === -1 ? oldest : oldest.slice(0, youngAt);
      const last = old.at(-1);
      if (last === undefined) return 0;
      const problem = firstProblem(old, await beginningOf(transaction));
      if (problem !== null) throw new OstlerError('AUDIT_NOT_INTACT', problem);
      await appendEntry(transaction, removalOf(old.length, last), this.#now());
      await transaction.deleteFrom('audit_entries').where('number', '<=', last.number).execute();
      return old.length;
    });
  }

  async #follow(beginning: Link): Promise<AuditVerification> {
    const { number: newest, hash: headHash } = await this.#sql.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow();
    const seen = { entries: newest - beginning.number, removedThrough: beginning.number, headHash };
    let [last, after] = [beginning, 0];
    for (;;) {
      const rows = await this.#sql
        .selectFrom('audit_entries')
        .selectAll()
        .where('number', '>', after)
        // What is added while this reads is verified the next time.
        .where('number', '<=', newest)
        .orderBy('number')
        .limit(batchEntries)
        .execute();
      const problem = firstProblem(rows, last);
      if (problem !== null) return { intact: false, ...seen, problem };
      last = rows.at(-1) ?? last;
      after = last.number;
      if (rows.length < batchEntries) break;
    }
    if (last.number < newest) return { intact: false, ...seen, problem: { number: last.number + 1, kind: 'removed' } };
    if (last.hash !== headHash) return { intact: false, ...seen, problem: { number: last.number, kind: 'changed' } };
    return { intact: true, ...seen, problem: null };
  }

  async #settle(which: (notes: Notes) => Notes): Promise<number> {
    return this.#sql.transaction().execute(async (transaction) => {
      const notes = await which(transaction.deleteFrom('audit_begun')).returningAll().execute();
      for (const { record, begun_at } of notes.toSorted((one, other) => one.begun_at - other.begun_at)) {
        // Safe: written by begin.
        await appendEntry(transaction, JSON.parse(record) as AuditRecord, begun_at);
      }
      return notes.length;
    });
  }
}

type Notes = DeleteQueryBuilder<Tables, 'audit_begun', DeleteResult>;

function removalOf(entries: number, { number, hash, at }: AuditRow): AuditRecord {
  return {
    actorKind: 'system',
    actorId: null,
    actorName: 'retention',
    address: '',
    operation: removal,
    objectId: null,
    result: 'done',
    errorCode: null,
    request: { through: number, hash, entries, until: isoTime(at) },
    changes: {},
  };
}

function asEntry(row: AuditRow): AuditEntry {
  return {
    number: row.number,
    at: isoTime(row.at),
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    actorName: row.actor_name,
    address: row.address,
    operation: row.operation,
    objectId: row.object_id,
    result: row.result,
    errorCode: row.error_code,
    // Safe: both were written as such.
    request: JSON.parse(row.request) as AuditEntry['request'],
    changes: JSON.parse(row.changes) as AuditEntry['changes'],
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}
