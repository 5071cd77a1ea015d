/** Handlers of the task sequence routes: nothing with a missing reference or an impossible step is saved. */
import { OstlerError, type OperatingSystemImage, type Package, type TaskSequence, type TaskSequenceDefinition } from '@ostler/contract';
import { generateTaskSequence, referencesOf, validateTaskSequence } from '@ostler/task-sequence';
import type { Database } from '../database/database.ts';
import type { Caller, HandlersOf } from '../http/handlers.ts';
import { createTaskSequence, deleteTaskSequence, getTaskSequence, listTaskSequences, saveNewVersion } from './store.ts';

/** The content that definitions refer to; null where there is none of that id. */
export interface ContentCatalogue {
  findImage(id: string): Promise<OperatingSystemImage | null>;
  findPackage(id: string): Promise<Package | null>;
}

export interface TaskSequenceDependencies {
  readonly database: Database;
  readonly catalogue: ContentCatalogue;
  readonly now: () => number;
}

export function taskSequenceHandlers({ database: { sql }, catalogue, now }: TaskSequenceDependencies): HandlersOf<'taskSequences'> {
  const create = async (definition: TaskSequenceDefinition, caller: Caller): Promise<TaskSequence> => {
    await requireValid(definition, catalogue);
    const id = await sql
      .transaction()
      .execute((transaction) => createTaskSequence(transaction, { definition, savedBy: nameOf(caller), nowMs: now() }));
    return getTaskSequence(sql, id);
  };
  return {
    'taskSequences.list': async () => ({ items: await listTaskSequences(sql) }),
    'taskSequences.get': ({ params, query }) => getTaskSequence(sql, params.id, query.version),
    'taskSequences.create': ({ body }, { caller }) => create(body, caller),
    'taskSequences.generate': ({ body }, { caller }) => create(generateTaskSequence(body), caller),
    'taskSequences.update': async ({ params: { id }, body }, { caller }) => {
      await requireValid(body, catalogue);
      const saved = { definition: body, savedBy: nameOf(caller), nowMs: now() };
      await sql.transaction().execute((transaction) => saveNewVersion(transaction, id, saved));
      return getTaskSequence(sql, id);
    },
    'taskSequences.delete': async ({ params }) => {
      await sql.transaction().execute((transaction) => deleteTaskSequence(transaction, params.id));
      return { ok: true };
    },
  };
}

/** @throws OstlerError TASK_SEQUENCE_INVALID with every problem and where it is */
export async function requireValid(definition: TaskSequenceDefinition, catalogue: ContentCatalogue): Promise<void> {
  const { imageIds, packageIds } = referencesOf(definition);
  const images = new Map<string, readonly number[]>();
  const packages = new Set<string>();
  for (const id of imageIds) {
    const image = await catalogue.findImage(id);
    if (image !== null)
      images.set(
        id,
        image.indexes.map(({ index }) => index),
      );
  }
  for (const id of packageIds) {
    if ((await catalogue.findPackage(id)) !== null) packages.add(id);
  }
  const problems = validateTaskSequence(definition, {
    imageIndexes: (id) => images.get(id),
    hasPackage: (id) => packages.has(id),
  });
  if (problems.length === 0) return;
  const text = problems.map(({ where, problem }) => `${where}: ${problem}`).join('; ');
  throw new OstlerError('TASK_SEQUENCE_INVALID', { name: definition.name, problems: text });
}

function nameOf(caller: Caller): string {
  return caller.kind === 'administrator' ? caller.name : caller.kind;
}
