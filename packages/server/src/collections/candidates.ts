/** Devices as the rules of collections see them, read in bulk. */
import type { QueriedDevice } from '@ostler/contract';
import { sql as raw } from 'kysely';
import { isOneOf } from '../database/is-one-of.ts';
import type { Queries } from '../devices/store.ts';
import { deviceDocuments } from '../inventory/device-documents.ts';
import type { Candidate } from './evaluate.ts';
import type { QueryLanguage } from './query/query-language.ts';
import { builtInCollectionOf, isMemberOf } from './members.ts';

/** A device with what is stored of its memberships; `memberOf` holds these and the built-in collection. */
export interface StoredCandidate extends Candidate {
  readonly device: QueriedDevice;
  readonly memberOf: Set<string>;
  /** As the table has it. */
  readonly stored: ReadonlySet<string>;
}

export async function readCandidates(
  sql: Queries,
  ids: readonly string[],
  { language, now }: { readonly language: QueryLanguage; readonly now: () => number },
): Promise<StoredCandidate[]> {
  if (ids.length === 0) return [];
  const documents = await deviceDocuments(sql, ids);
  const variables = await plainVariables(sql, ids);
  const direct = await directOf(sql, ids);
  const stored = await storedOf(sql, ids);
  const at = new Date(now());
  return documents.map((document) => {
    const device = { ...document, variables: Object.fromEntries(variables.get(document.id) ?? []) };
    const own = stored.get(document.id) ?? new Set<string>();
    const builtIn = builtInCollectionOf(document.state);
    return {
      device,
      subject: language.subject(device, at),
      direct: direct.get(document.id) ?? new Set(),
      stored: own,
      memberOf: new Set(builtIn === null ? own : [...own, builtIn]),
    };
  });
}

/** Ids of a collection's members in their order, or of every device. @param after the last one of the page before */
export async function memberIds(sql: Queries, collectionId: string | null, after: string, limit: number): Promise<string[]> {
  const every = sql.selectFrom('devices').select('id').where('id', '>', after).orderBy('id').limit(limit);
  const query = collectionId === null ? every : every.where(isMemberOf(collectionId));
  return (await query.execute()).map(({ id }) => id);
}

/** What a document knows is not secret: variables with a value that is no secret. */
async function plainVariables(sql: Queries, ids: readonly string[]): Promise<Map<string, [string, string][]>> {
  const rows = await sql
    .selectFrom('variables')
    .select(['owner_id', 'name', 'value'])
    .where('owner_kind', '=', 'device')
    .where(isOneOf(sql, 'owner_id', ids))
    .where('secret', '=', 0)
    .execute();
  const grouped = Map.groupBy(rows, ({ owner_id }) => owner_id);
  return new Map([...grouped].map(([id, own]) => [id, own.map(({ name, value }) => [name, value])]));
}

async function directOf(sql: Queries, ids: readonly string[]): Promise<Map<string, Set<string>>> {
  const rows = await sql
    .selectFrom('collection_rules')
    .select(['device_id', 'collection_id'])
    .where(isOneOf(sql, 'device_id', ids))
    .execute();
  const grouped = Map.groupBy(rows, ({ device_id }) => device_id ?? '');
  return new Map([...grouped].map(([id, rules]) => [id, new Set(rules.map(({ collection_id }) => collection_id))]));
}

/** One row a device: a hundred thousand devices have millions of memberships. */
async function storedOf(sql: Queries, ids: readonly string[]): Promise<Map<string, Set<string>>> {
  const rows = await sql
    .selectFrom('collection_members')
    .select(['device_id', raw<string>`string_agg(collection_id, ',')`.as('collections')])
    .where(isOneOf(sql, 'device_id', ids))
    .groupBy('device_id')
    .execute();
  return new Map(rows.map(({ device_id, collections }) => [device_id, new Set(collections.split(','))]));
}
