/** The links of the audit log's chain: what an entry's hash is of, how one is added, and where the chain begins once old entries were removed. */
import { createHash } from 'node:crypto';
import type { AuditEntry, AuditVerification } from '@ostler/contract';
import { z } from 'zod';
import type { Queries } from '../devices/store.ts';
import type { AuditTables } from './tables.ts';

export type AuditRow = AuditTables['audit_entries'];
/** What happened. */
export type AuditRecord = Omit<AuditEntry, 'number' | 'at' | 'previousHash' | 'hash'>;
export type AuditProblem = NonNullable<AuditVerification['problem']>;

/** What the next entry refers to. */
export interface Link {
  readonly number: number;
  readonly hash: string;
}

/** Before the first entry of all. */
const nothing: Link = { number: 0, hash: '0'.repeat(64) };

/** Of the entry that says that older ones were removed: no route has this name. */
export const removal = 'audit.remove';
/** What that entry says: up to which one, and that one's hash, which the oldest entry that stayed refers to. */
export const Removal = z.object({ through: z.number().int().positive(), hash: z.string(), entries: z.number(), until: z.string() });

/** Holds the end of the chain until the end of the transaction, whichever server adds at the same moment. */
export async function holdHead(transaction: Queries): Promise<Link> {
  const held = transaction.updateTable('audit_head').set((row) => ({ number: row('number', '+', 0) }));
  return held.where('id', '=', 'head').returningAll().executeTakeFirstOrThrow();
}

/** Adds an entry at the end of the chain. Call it inside a transaction. */
export async function appendEntry(transaction: Queries, record: AuditRecord, atMs: number): Promise<void> {
  const head = await holdHead(transaction);
  const content = { ...rowOf(record), number: head.number + 1, at: atMs, previous_hash: head.hash };
  const row = { ...content, hash: hashOf(content) };
  await transaction.insertInto('audit_entries').values(row).execute();
  await transaction.updateTable('audit_head').set({ number: row.number, hash: row.hash }).where('id', '=', 'head').execute();
}

/** What the oldest entry has to refer to: nothing, or what the newest removal says. */
export async function beginningOf(sql: Queries): Promise<Link> {
  const removals = sql.selectFrom('audit_entries').select('request').where('operation', '=', removal).where('actor_kind', '=', 'system');
  const newest = await removals.orderBy('number', 'desc').limit(1).executeTakeFirst();
  const said = Removal.safeParse(newest === undefined ? null : JSON.parse(newest.request));
  return said.success ? { number: said.data.through, hash: said.data.hash } : nothing;
}

/** The first of these entries, in their order, that does not follow from the one before it. */
export function firstProblem(rows: readonly AuditRow[], before: Link): AuditProblem | null {
  let last = before;
  for (const row of rows) {
    const kind = problemOf(row, last);
    if (kind !== null) return { number: kind === 'removed' ? last.number + 1 : row.number, kind };
    last = row;
  }
  return null;
}

function problemOf(row: AuditRow, last: Link): AuditProblem['kind'] | null {
  if (row.number <= last.number) return 'inserted';
  if (row.number !== last.number + 1) return 'removed';
  if (hashOf(row) !== row.hash) return 'changed';
  return row.previous_hash === last.hash ? null : 'inserted';
}

/** Of every column but the hash itself, in this order. */
function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const who = [row.actor_kind, row.actor_id, row.actor_name, row.address];
  const what = [row.operation, row.object_id, row.result, row.error_code, row.request, row.changes];
  return createHash('sha256')
    .update(JSON.stringify([row.previous_hash, row.number, row.at, ...who, ...what]))
    .digest('hex');
}

function rowOf(record: AuditRecord): Omit<AuditRow, 'number' | 'at' | 'previous_hash' | 'hash'> {
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
