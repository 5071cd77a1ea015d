/** Task sequences and their versions in the database. What makes a definition valid is the engine's. */
import {
  OstlerError,
  TaskSequenceDefinition,
  type TaskSequence,
  type TaskSequenceSummary,
  type TaskSequenceVersion,
} from '@ostler/contract';
import type { Tables } from '../database/tables.ts';
import { childIdsOf } from '@ostler/task-sequence';
import { newId } from '../database/new-id.ts';
import type { Queries } from '../devices/store.ts';
import { isoTime } from '../iso-time.ts';

interface Saved {
  readonly definition: TaskSequenceDefinition;
  readonly comment: string;
  readonly savedBy: string;
  readonly nowMs: number;
}

export async function listTaskSequences(sql: Queries): Promise<TaskSequenceSummary[]> {
  const rows = await newestVersions(sql)
    .select(['id', 'name', 'task_sequences.version', 'saved_by', 'saved_at', 'comment'])
    .orderBy('name')
    .execute();
  return rows.map(({ id, name, ...row }) => ({ id, name, ...asVersion(row) }));
}

/** The newest version, or the given one. @throws OstlerError NOT_FOUND */
export async function getTaskSequence(sql: Queries, id: string, version?: number | null): Promise<TaskSequence> {
  const row = await sql
    .selectFrom('task_sequences')
    .innerJoin('task_sequence_versions', 'task_sequence_versions.task_sequence_id', 'task_sequences.id')
    .select(['id', 'name', 'task_sequence_versions.version', 'definition', 'saved_by', 'saved_at', 'comment'])
    .where('id', '=', id)
    .where((has) => has('task_sequence_versions.version', '=', version ?? has.ref('task_sequences.version')))
    .executeTakeFirst();
  const found = version === undefined || version === null ? id : `${id} version ${version}`;
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'task sequence', id: found });
  return { id, name: row.name, ...asVersion(row), definition: TaskSequenceDefinition.parse(JSON.parse(row.definition)) };
}

/** Newest first. @throws OstlerError NOT_FOUND */
export async function listVersions(sql: Queries, id: string): Promise<TaskSequenceVersion[]> {
  const rows = await sql
    .selectFrom('task_sequence_versions')
    .select(['version', 'saved_by', 'saved_at', 'comment'])
    .where('task_sequence_id', '=', id)
    .orderBy('version', 'desc')
    .execute();
  if (rows.length === 0) throw new OstlerError('NOT_FOUND', { kind: 'task sequence', id });
  return rows.map(asVersion);
}

/** Undefined where there is no sequence of that id. */
export async function findNewestDefinition(sql: Queries, id: string): Promise<TaskSequenceDefinition | undefined> {
  const row = await newestVersions(sql).select('definition').where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : TaskSequenceDefinition.parse(JSON.parse(row.definition));
}

/** @throws OstlerError ALREADY_EXISTS */
export async function createTaskSequence(sql: Queries, saved: Saved): Promise<string> {
  const id = newId('sequence');
  await refuseName(sql, saved.definition.name, id);
  await sql.insertInto('task_sequences').values({ id, name: saved.definition.name, version: 1, created_at: saved.nowMs }).execute();
  await insertVersion(sql, id, 1, saved);
  return id;
}

/**
 * Call it inside a transaction. `baseVersion` is the version that the change was made from; undefined saves on top of any.
 * @throws OstlerError NOT_FOUND, ALREADY_EXISTS, TASK_SEQUENCE_CHANGED
 */
export async function saveNewVersion(
  sql: Queries,
  id: string,
  saved: Saved & { readonly baseVersion?: number | undefined },
): Promise<void> {
  const { version } = await getTaskSequence(sql, id);
  const baseVersion = saved.baseVersion ?? version;
  await refuseName(sql, saved.definition.name, id);
  // The row is the lock: of two saves at once on one version, the second one changes no row.
  const { numUpdatedRows } = await sql
    .updateTable('task_sequences')
    .set({ name: saved.definition.name, version: baseVersion + 1 })
    .where('id', '=', id)
    .where('version', '=', baseVersion)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw await changedMeanwhile(sql, id, baseVersion);
  await insertVersion(sql, id, baseVersion + 1, saved);
}

async function changedMeanwhile(sql: Queries, id: string, baseVersion: number): Promise<OstlerError> {
  const { name, version, savedBy, savedAt } = await getTaskSequence(sql, id);
  return new OstlerError('TASK_SEQUENCE_CHANGED', { name, version, savedBy, savedAt, baseVersion });
}

/** With every version. @throws OstlerError NOT_FOUND, IN_USE */
export async function deleteTaskSequence(sql: Queries, id: string): Promise<void> {
  const { name } = await getTaskSequence(sql, id);
  const users = await sql
    .selectFrom('deployments')
    .innerJoin('collections', 'collections.id', 'deployments.collection_id')
    .select('collections.name')
    .where('task_sequence_id', '=', id)
    .execute();
  const names = [...users.map((user) => `the deployment to ${user.name}`), ...(await parentsOf(sql, id))];
  if (names.length > 0) throw new OstlerError('IN_USE', { kind: 'task sequence', name, users: names.join(', ') });
  await sql.deleteFrom('task_sequences').where('id', '=', id).execute();
}

async function parentsOf(sql: Queries, id: string): Promise<string[]> {
  const others = await newestVersions(sql)
    .select(['name', 'definition'])
    .where('id', '!=', id)
    .where('definition', 'like', `%"${id}"%`)
    .execute();
  const parents = others.filter((row) => childIdsOf(TaskSequenceDefinition.parse(JSON.parse(row.definition))).includes(id));
  return parents.map(({ name }) => `the task sequence ${name}`);
}

/** The newest version of each. */
export function newestVersions(sql: Queries) {
  return sql
    .selectFrom('task_sequences')
    .innerJoin('task_sequence_versions', (join) =>
      join
        .onRef('task_sequence_versions.task_sequence_id', '=', 'task_sequences.id')
        .onRef('task_sequence_versions.version', '=', 'task_sequences.version'),
    );
}

async function insertVersion(sql: Queries, id: string, version: number, { definition, savedBy, nowMs, comment }: Saved): Promise<void> {
  const row = { task_sequence_id: id, version, definition: JSON.stringify(definition), saved_by: savedBy, saved_at: nowMs, comment };
  await sql.insertInto('task_sequence_versions').values(row).execute();
}

async function refuseName(sql: Queries, name: string, except: string): Promise<void> {
  const same = await sql.selectFrom('task_sequences').select('id').where('name', '=', name).where('id', '!=', except).executeTakeFirst();
  if (same !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'task sequence', name });
}

function asVersion(row: Pick<Tables['task_sequence_versions'], 'version' | 'saved_by' | 'saved_at' | 'comment'>): TaskSequenceVersion {
  return { version: row.version, savedBy: row.saved_by, savedAt: isoTime(row.saved_at), comment: row.comment };
}
