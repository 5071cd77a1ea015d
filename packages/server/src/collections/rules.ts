/** Rules of collections: added and taken away; what would make a collection depend on itself is refused. */
import { OstlerError, type CollectionRule, type NewCollectionRule } from '@ostler/contract';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import { getDevice, type Queries } from '../devices/store.ts';
import { cycleThrough, type CollectionLinks, type CollectionNode } from './graph.ts';
import type { QueryLanguage } from './query/query-language.ts';
import { getCollection, listRules, requireOwn } from './store.ts';

type RuleRow = Tables['collection_rules'];

/** Call it inside a transaction. @throws OstlerError NOT_FOUND, COLLECTION_BUILT_IN, COLLECTION_CYCLE, COLLECTION_RULE_EXISTS, QUERY_INVALID */
export async function addRule(
  sql: Queries,
  collectionId: string,
  rule: NewCollectionRule,
  { language, nowMs }: { readonly language: QueryLanguage; readonly nowMs: number },
): Promise<CollectionRule> {
  const { name } = await requireOwn(sql, collectionId);
  const row: RuleRow = {
    id: newId('rule'),
    collection_id: collectionId,
    kind: rule.kind,
    device_id: rule.kind === 'direct' ? rule.deviceId : null,
    query: rule.kind === 'query' ? rule.query : null,
    other_id: rule.kind === 'include' || rule.kind === 'exclude' ? rule.collectionId : null,
    created_at: nowMs,
  };
  if (row.device_id !== null) await getDevice(sql, row.device_id);
  if (row.query !== null) language.compile(row.query);
  if (row.other_id !== null) await getCollection(sql, row.other_id);
  const before = await listRules(sql, collectionId);
  if (before.some((each) => isSame(each, rule))) throw new OstlerError('COLLECTION_RULE_EXISTS', { name });
  await sql.insertInto('collection_rules').values(row).execute();
  if (row.kind !== 'direct') await markDue(sql, collectionId);
  await refuseCycle(sql, collectionId);
  const added = (await listRules(sql, collectionId)).find(({ id }) => id === row.id);
  if (added === undefined) throw new OstlerError('NOT_FOUND', { kind: 'rule', id: row.id });
  return added;
}

/** @returns the device of a direct rule, or null. @throws OstlerError NOT_FOUND */
export async function removeRule(sql: Queries, collectionId: string, ruleId: string): Promise<string | null> {
  await requireOwn(sql, collectionId);
  const rules = sql.selectFrom('collection_rules').selectAll().where('collection_id', '=', collectionId);
  const row = await rules.where('id', '=', ruleId).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'rule', id: ruleId });
  await sql.deleteFrom('collection_rules').where('id', '=', ruleId).execute();
  if (row.kind !== 'direct') await markDue(sql, collectionId);
  return row.device_id;
}

/** Until it has been evaluated with its new rules. */
async function markDue(sql: Queries, collectionId: string): Promise<void> {
  await sql.updateTable('collections').set({ evaluated_at: null }).where('id', '=', collectionId).execute();
}

/** Adding what is there already is done already. @throws OstlerError NOT_FOUND, COLLECTION_BUILT_IN */
export async function addDirect(sql: Queries, collectionId: string, deviceId: string, nowMs: number): Promise<void> {
  await requireOwn(sql, collectionId);
  await getDevice(sql, deviceId);
  const row = { id: newId('rule'), collection_id: collectionId, kind: 'direct', device_id: deviceId, query: null, other_id: null } as const;
  await sql
    .insertInto('collection_rules')
    .values({ ...row, created_at: nowMs })
    .onConflict((conflict) => conflict.columns(['collection_id', 'device_id']).doNothing())
    .execute();
}

/** Very many that were made or changed just now, and so are evaluated in any case. @throws OstlerError NOT_FOUND, COLLECTION_BUILT_IN */
export async function addEachDirect(sql: Queries, collectionId: string, deviceIds: readonly string[], nowMs: number): Promise<void> {
  await requireOwn(sql, collectionId);
  const row = { collection_id: collectionId, kind: 'direct', query: null, other_id: null, created_at: nowMs } as const;
  for (let from = 0; from < deviceIds.length; from += 400) {
    await sql
      .insertInto('collection_rules')
      .values(deviceIds.slice(from, from + 400).map((device_id) => ({ ...row, id: newId('rule'), device_id })))
      .onConflict((conflict) => conflict.columns(['collection_id', 'device_id']).doNothing())
      .execute();
  }
}

/** @throws OstlerError COLLECTION_BUILT_IN, NOT_FOUND where the device was not added by hand */
export async function removeDirect(sql: Queries, collectionId: string, deviceId: string): Promise<void> {
  await requireOwn(sql, collectionId);
  const { numDeletedRows } = await sql
    .deleteFrom('collection_rules')
    .where('collection_id', '=', collectionId)
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new OstlerError('NOT_FOUND', { kind: 'direct rule for the device', id: deviceId });
}

/** Call it after the change, in its transaction. @throws OstlerError COLLECTION_CYCLE */
export async function refuseCycle(sql: Queries, id: string): Promise<void> {
  const links = await collectionLinks(sql);
  const cycle = cycleThrough(links, id);
  const name = links.find((node) => node.id === id)?.name ?? id;
  if (cycle !== null) throw new OstlerError('COLLECTION_CYCLE', { name, cycle });
}

export async function collectionLinks(sql: Queries): Promise<CollectionLinks[]> {
  return (await ownCollections(sql)).map(({ row, rules }) => linksOf(row, rules));
}

/** Every collection with its queries compiled. One that this version of the language does not understand any more has no answer. */
export async function collectionNodes(sql: Queries, language: QueryLanguage): Promise<CollectionNode[]> {
  return (await ownCollections(sql)).map(({ row, rules }) => ({
    ...linksOf(row, rules),
    queries: rules.flatMap(({ query }) => (query === null ? [] : [{ text: query, ask: compiledOr(language, query) }])),
  }));
}

function compiledOr(language: QueryLanguage, query: string): CollectionNode['queries'][number]['ask'] {
  try {
    return language.compile(query);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return () => ({ problem });
  }
}

async function ownCollections(sql: Queries) {
  const rows = await sql
    .selectFrom('collections')
    .select(['id', 'name', 'limiting_id'])
    .where('built_in', '=', 0)
    .orderBy('name')
    .execute();
  const rules = await sql
    .selectFrom('collection_rules')
    .selectAll()
    .where('kind', '!=', 'direct')
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  const byCollection = Map.groupBy(rules, (rule) => rule.collection_id);
  return rows.map((row) => ({ row, rules: byCollection.get(row.id) ?? [] }));
}

function linksOf(
  row: { readonly id: string; readonly name: string; readonly limiting_id: string | null },
  rules: readonly RuleRow[],
): CollectionLinks {
  const others = (kind: RuleRow['kind']) => rules.flatMap((rule) => (rule.kind === kind && rule.other_id !== null ? [rule.other_id] : []));
  return { id: row.id, name: row.name, limitingId: row.limiting_id ?? '', includes: others('include'), excludes: others('exclude') };
}

function isSame(rule: CollectionRule, other: NewCollectionRule): boolean {
  if (rule.kind === 'direct') return other.kind === 'direct' && rule.deviceId === other.deviceId;
  if (rule.kind === 'query') return other.kind === 'query' && rule.query === other.query;
  return other.kind === rule.kind && rule.collectionId === other.collectionId;
}
