/** The chain of audit entries: each has the hash of the one before, so that none can be changed, removed or inserted unseen. */
import { createHash } from 'node:crypto';
import type { AuditEntry, AuditQuery, AuditVerification } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import { isoTime } from '../iso-time.ts';
import type { AuditTables } from './tables.ts';

type Row = AuditTables['audit_entries'];
/** What happened. */
export type AuditRecord = Omit<AuditEntry, 'number' | 'at' | 'previousHash' | 'hash'>;

/** Before the first entry. */
const emptyHash = '0'.repeat(64);
const verifyAtOnce = 1000;

export class AuditLog {
  readonly #sql: Database['sql'];
  readonly #now: () => number;

  constructor({ sql }: Database, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  /** Adds an entry at the end of the chain, whichever server adds one at the same moment. */
  async add(record: AuditRecord): Promise<void> {
    await this.#sql.transaction().execute(async (transaction) => {
      // The update holds the head until the end of the transaction.
      const head = await transaction
        .updateTable('audit_head')
        .set((row) => ({ number: row('number', '+', 1) }))
        .where('id', '=', 'head')
        .returningAll()
        .executeTakeFirstOrThrow();
      const content = { ...rowOf(record), number: head.number, at: this.#now(), previous_hash: head.hash };
      const row = { ...content, hash: hashOf(content) };
      await transaction.insertInto('audit_entries').values(row).execute();
      await transaction.updateTable('audit_head').set({ hash: row.hash }).where('id', '=', 'head').execute();
    });
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

  /** Follows the chain from the first entry to the head. */
  async verify(): Promise<AuditVerification> {
    const { number: entries, hash: headHash } = await this.#sql.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow();
    let [number, hash] = [0, emptyHash];
    for (;;) {
      const rows = await this.#sql
        .selectFrom('audit_entries')
        .selectAll()
        .where('number', '>', number)
        // What is added while this reads is verified the next time.
        .where('number', '<=', entries)
        .orderBy('number')
        .limit(verifyAtOnce)
        .execute();
      for (const row of rows) {
        const kind = problemOf(row, number, hash);
        if (kind !== null)
          return { intact: false, entries, headHash, problem: { number: kind === 'removed' ? number + 1 : row.number, kind } };
        ({ number, hash } = row);
      }
      if (rows.length < verifyAtOnce) break;
    }
    if (number < entries) return { intact: false, entries, headHash, problem: { number: number + 1, kind: 'removed' } };
    if (hash !== headHash) return { intact: false, entries, headHash, problem: { number, kind: 'changed' } };
    return { intact: true, entries, headHash, problem: null };
  }
}

function problemOf(row: Row, lastNumber: number, lastHash: string): 'changed' | 'removed' | 'inserted' | null {
  if (row.number !== lastNumber + 1) return 'removed';
  if (hashOf(row) !== row.hash) return 'changed';
  return row.previous_hash === lastHash ? null : 'inserted';
}

/** Of every column but the hash itself, in this order. */
function hashOf(row: Omit<Row, 'hash'>): string {
  const who = [row.actor_kind, row.actor_id, row.actor_name, row.address];
  const what = [row.operation, row.object_id, row.result, row.error_code, row.request, row.changes];
  return createHash('sha256')
    .update(JSON.stringify([row.previous_hash, row.number, row.at, ...who, ...what]))
    .digest('hex');
}

function rowOf(record: AuditRecord): Omit<Row, 'number' | 'at' | 'previous_hash' | 'hash'> {
  return {
    actor_kind: record.actorKind,
    actor_id: record.actorId,
    actor_name: record.actorName,
    address: record.address,
    operation: record.operation,
    object_id: record.objectId,
    result: record.result,
    error_code: record.errorCode,
    request: JSON.stringify(record.request),
    changes: JSON.stringify(record.changes),
  };
}

function asEntry(row: Row): AuditEntry {
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
    // Safe: both were written by rowOf.
    request: JSON.parse(row.request) as AuditEntry['request'],
    changes: JSON.parse(row.changes) as AuditEntry['changes'],
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}
