/** Collections as rows, with their rules. Who is in them: memberships.ts. */
import {
  builtInCollections,
  OstlerError,
  type Collection,
  type CollectionRule,
  type DeviceState,
  type UpdateCollection,
} from '@ostler/contract';
import { sql as raw } from 'kysely';
import type { z } from 'zod';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import type { Queries } from '../devices/store.ts';
import { subscriptionsLimitedTo } from '../events/subscription-store.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { builtInCollectionOf, statesOfBuiltIn } from './members.ts';

const countAll = raw<number>`count(*)`.as('count');

export async function listCollections(sql: Queries): Promise<Collection[]> {
  const rows = await named(sql).orderBy('collections.built_in', 'desc').orderBy('collections.name').execute();
  const counts = await sql.selectFrom('collection_members').select(['collection_id', countAll]).groupBy('collection_id').execute();
  const byId = new Map(counts.map(({ collection_id, count }) => [collection_id, count]));
  return Promise.all(rows.map(async (row) => asCollection(row, byId.get(row.id) ?? (await countBuiltIn(sql, row.id)))));
}

/** @throws OstlerError NOT_FOUND */
export async function getCollection(sql: Queries, id: string): Promise<Collection> {
  const row = await named(sql).where('collections.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'collection', id });
  const { count } = await sql.selectFrom('collection_members').where('collection_id', '=', id).select(countAll).executeTakeFirstOrThrow();
  return asCollection(row, count + (await countBuiltIn(sql, id)));
}

/** @throws OstlerError ALREADY_EXISTS, NOT_FOUND for the limiting collection */
export async function createCollection(
  sql: Queries,
  body: Pick<Collection, 'name' | 'priority'> & { readonly limitingCollectionId?: string },
  nowMs: number,
): Promise<Collection> {
  const { name, priority, limitingCollectionId = builtInCollections.allSystems } = body;
  await refuseName(sql, name, '');
  await getCollection(sql, limitingCollectionId);
  const id = newId('collection');
  // Without rules it has no members: that is known.
  const evaluation = { evaluated_at: nowMs, evaluation_ms: 0, unanswered_count: 0 };
  const row = { id, name, priority, built_in: 0, created_at: nowMs, limiting_id: limitingCollectionId, ...evaluation } as const;
  await sql.insertInto('collections').values(row).execute();
  return getCollection(sql, id);
}

/** Whether the limiting collection may be that one is the caller's to check. @throws OstlerError ALREADY_EXISTS, COLLECTION_BUILT_IN */
export async function updateCollection(sql: Queries, id: string, change: z.output<typeof UpdateCollection>): Promise<void> {
  const { name, priority } = await requireOwn(sql, id);
  if (change.name !== undefined) await refuseName(sql, change.name, id);
  const limiting = change.limitingCollectionId === undefined ? {} : { limiting_id: change.limitingCollectionId, evaluated_at: null };
  await sql
    .updateTable('collections')
    .set({ name: change.name ?? name, priority: change.priority ?? priority, ...limiting })
    .where('id', '=', id)
    .execute();
}

/** With its variables and rules. @throws OstlerError COLLECTION_BUILT_IN, IN_USE */
export async function deleteCollection(sql: Queries, id: string): Promise<void> {
  const { name } = await requireOwn(sql, id);
  const users = [...(await deploymentsTo(sql, id)), ...(await dependantsOf(sql, id)), ...(await subscriptionsLimitedTo(sql, id))];
  if (users.length > 0) throw new OstlerError('IN_USE', { kind: 'collection', name, users: users.join(', ') });
  await sql.deleteFrom('variables').where('owner_kind', '=', 'collection').where('owner_id', '=', id).execute();
  await sql.deleteFrom('collections').where('id', '=', id).execute();
}

/** @throws OstlerError NOT_FOUND, COLLECTION_BUILT_IN */
export async function requireOwn(sql: Queries, id: string): Promise<Collection> {
  const collection = await getCollection(sql, id);
  if (collection.builtIn) throw new OstlerError('COLLECTION_BUILT_IN', { name: collection.name });
  return collection;
}

/** Every collection that a device is in, the built-in one with it, by rising priority; equal ones by name. */
export async function collectionsOf(
  sql: Queries,
  device: { readonly id: string; readonly state: DeviceState },
): Promise<{ id: string; name: string; priority: number }[]> {
  const builtIn = builtInCollectionOf(device.state) ?? '';
  const member = sql.selectFrom('collection_members').select('collection_id').where('device_id', '=', device.id);
  return sql
    .selectFrom('collections')
    .select(['id', 'name', 'priority'])
    .where((has) => has.or([has('id', '=', builtIn), has('id', 'in', member)]))
    .orderBy('priority')
    .orderBy('name')
    .execute();
}

export async function listRules(sql: Queries, collectionId: string): Promise<CollectionRule[]> {
  const rows = await sql
    .selectFrom('collection_rules')
    .leftJoin('devices', 'devices.id', 'collection_rules.device_id')
    .leftJoin('collections', 'collections.id', 'collection_rules.other_id')
    .selectAll('collection_rules')
    .select(['devices.name as device_name', 'collections.name as other_name'])
    .where('collection_rules.collection_id', '=', collectionId)
    .orderBy('collection_rules.kind')
    .orderBy('collection_rules.created_at')
    .orderBy('collection_rules.id')
    .execute();
  return rows.map((row) => asRule(row));
}

async function refuseName(sql: Queries, name: string, except: string): Promise<void> {
  const same = await sql.selectFrom('collections').select('id').where('name', '=', name).where('id', '!=', except).executeTakeFirst();
  if (same !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'collection', name });
}

async function deploymentsTo(sql: Queries, id: string): Promise<string[]> {
  const found = await sql
    .selectFrom('deployments')
    .innerJoin('task_sequences', 'task_sequences.id', 'deployments.task_sequence_id')
    .select('task_sequences.name')
    .where('collection_id', '=', id)
    .execute();
  return found.map(({ name }) => `the deployment of ${name}`);
}

async function dependantsOf(sql: Queries, id: string): Promise<string[]> {
  const ruled = sql.selectFrom('collection_rules').select('collection_id').where('other_id', '=', id);
  const found = await sql
    .selectFrom('collections')
    .select('name')
    .where((has) => has.or([has('limiting_id', '=', id), has('id', 'in', ruled)]))
    .orderBy('name')
    .execute();
  return found.map(({ name }) => `the collection ${name}`);
}

async function countBuiltIn(sql: Queries, id: string): Promise<number> {
  const states = statesOfBuiltIn(id);
  if (states === null) return 0;
  const { count } = await sql.selectFrom('devices').where('state', 'in', states).select(countAll).executeTakeFirstOrThrow();
  return count;
}

function named(sql: Queries) {
  return sql
    .selectFrom('collections')
    .leftJoin('collections as limiting', 'limiting.id', 'collections.limiting_id')
    .selectAll('collections')
    .select('limiting.name as limiting_name');
}

function asCollection(row: Tables['collections'] & { readonly limiting_name: string | null }, memberCount: number): Collection {
  return {
    id: row.id,
    name: row.name,
    priority: row.priority,
    builtIn: row.built_in === 1,
    limitingCollectionId: row.limiting_id,
    limitingCollectionName: row.limiting_name,
    memberCount,
    evaluatedAt: isoTimeOrNull(row.evaluated_at),
    evaluationMs: row.evaluation_ms,
    unansweredCount: row.unanswered_count,
    createdAt: isoTime(row.created_at),
  };
}

type RuleRow = Tables['collection_rules'] & { readonly device_name: string | null; readonly other_name: string | null };

/** The texts are there for the kinds that have them: rules.ts writes no others. */
export function asRule({ id, kind, device_id, device_name, query, other_id, other_name }: RuleRow): CollectionRule {
  if (kind === 'direct') return { id, kind, deviceId: device_id ?? '', deviceName: device_name ?? '' };
  if (kind === 'query') return { id, kind, query: query ?? '' };
  return { id, kind, collectionId: other_id ?? '', collectionName: other_name ?? '' };
}
