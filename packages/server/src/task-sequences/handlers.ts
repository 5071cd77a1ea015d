/** Handlers of the task sequence routes: nothing with a missing reference or an impossible step is saved. */
import {
  OstlerError,
  taskSequenceJsonSchema,
  type Application,
  type OperatingSystemImage,
  type Package,
  type TaskSequence,
  type TaskSequenceDefinition,
} from '@ostler/contract';
import {
  diffTaskSequences,
  disableProblems,
  generateTaskSequence,
  importTaskSequence,
  referencesOf,
  validateTaskSequence,
  type Problem,
} from '@ostler/task-sequence';
import type { Database } from '../database/database.ts';
import type { Caller, HandlersOf } from '../http/handlers.ts';
import { createTaskSequence, deleteTaskSequence, getTaskSequence, listTaskSequences, listVersions, saveNewVersion } from './store.ts';

/** The content that definitions refer to; null where there is none of that id. */
export interface ContentCatalogue {
  findImage(id: string): Promise<OperatingSystemImage | null>;
  findPackage(id: string): Promise<Package | null>;
  listPackages(): Promise<Package[]>;
  listApplications(): Promise<Application[]>;
}

export interface TaskSequenceDependencies {
  readonly database: Database;
  readonly catalogue: ContentCatalogue;
  readonly now: () => number;
}

interface Save {
  readonly definition: TaskSequenceDefinition;
  readonly comment: string;
  readonly caller: Caller;
}

export function taskSequenceHandlers({ database: { sql }, catalogue, now }: TaskSequenceDependencies): HandlersOf<'taskSequences'> {
  const savedNow = ({ definition, comment, caller }: Save) => ({ definition, comment, savedBy: nameOf(caller), nowMs: now() });
  const create = async (save: Save): Promise<TaskSequence> => {
    await requireValid(save.definition, catalogue);
    const id = await sql.transaction().execute((transaction) => createTaskSequence(transaction, savedNow(save)));
    return getTaskSequence(sql, id);
  };
  const update = async (id: string, save: Save, baseVersion: number | undefined): Promise<TaskSequence> => {
    await requireValid(save.definition, catalogue);
    await sql.transaction().execute((transaction) => saveNewVersion(transaction, id, { ...savedNow(save), baseVersion }));
    return getTaskSequence(sql, id);
  };
  return {
    'taskSequences.list': async () => ({ items: await listTaskSequences(sql) }),
    'taskSequences.get': ({ params, query }) => getTaskSequence(sql, params.id, query.version),
    'taskSequences.create': ({ body, query }, { caller }) => create({ definition: body, comment: query.comment, caller }),
    'taskSequences.generate': ({ body }, { caller }) => {
      const comment = `Made from the template ${body.template}`;
      return create({ definition: generateTaskSequence(body), comment, caller });
    },
    'taskSequences.update': ({ params, body, query }, { caller }) =>
      update(params.id, { definition: body, comment: query.comment, caller }, query.baseVersion),
    'taskSequences.import': async ({ body }, { caller, log }) => {
      const found = await importTaskSequence(Buffer.from(body.contentBase64, 'base64'), body);
      const { definition, decisions } = await disableProblems(found, (each) => problemsOf(each, catalogue));
      if (!body.save) return { taskSequence: null, definition, decisions };
      const { definition: _saved, ...taskSequence } = await create({ definition, comment: `Imported from ${body.fileName}`, caller });
      const disabled = decisions.filter(({ decision }) => decision === 'disabled').length;
      log.info({ taskSequenceId: taskSequence.id, name: taskSequence.name, steps: decisions.length, disabled }, 'task sequence imported');
      return { taskSequence, definition, decisions };
    },
    'taskSequences.versions': async ({ params }) => ({ items: await listVersions(sql, params.id) }),
    'taskSequences.diff': async ({ params: { id }, query }) => {
      const to = await getTaskSequence(sql, id, query.to);
      const from = await getTaskSequence(sql, id, query.from ?? Math.max(1, to.version - 1));
      return { from: from.version, to: to.version, changes: diffTaskSequences(from.definition, to.definition) };
    },
    'taskSequences.rollBack': async ({ params: { id }, body }, { caller }) => {
      const { definition, version } = await getTaskSequence(sql, id, body.version);
      const comment = body.comment === '' ? `Rolled back to version ${version}` : body.comment;
      return update(id, { definition, comment, caller }, body.baseVersion);
    },
    'taskSequences.validate': async ({ body }) => ({ problems: [...(await problemsOf(body, catalogue))].map(asWritable) }),
    'taskSequences.schema': () => Promise.resolve({ ...taskSequenceJsonSchema() }),
    'taskSequences.delete': async ({ params }) => {
      await sql.transaction().execute((transaction) => deleteTaskSequence(transaction, params.id));
      return { ok: true };
    },
  };
}

/** @throws OstlerError TASK_SEQUENCE_INVALID with every problem and where it is */
export async function requireValid(definition: TaskSequenceDefinition, catalogue: ContentCatalogue): Promise<void> {
  const problems = await problemsOf(definition, catalogue);
  if (problems.length === 0) return;
  const text = problems.map(({ where, problem }) => `${where}: ${problem}`).join('; ');
  throw new OstlerError('TASK_SEQUENCE_INVALID', { name: definition.name, problems: text });
}

/** Every problem of a definition on this site, in the order of its steps. */
async function problemsOf(definition: TaskSequenceDefinition, catalogue: ContentCatalogue): Promise<Problem[]> {
  const { imageIds, packageIds, applicationIds } = referencesOf(definition);
  const applications = applicationIds.length === 0 ? [] : (await catalogue.listApplications()).map(({ id }) => id);
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
  return validateTaskSequence(definition, {
    imageIndexes: (id) => images.get(id),
    hasPackage: (id) => packages.has(id),
    hasApplication: (id) => applications.includes(id),
  });
}

function asWritable({ path, where, problem }: Problem) {
  return { path: [...path], where, problem };
}

function nameOf(caller: Caller): string {
  return caller.kind === 'administrator' ? caller.name : caller.kind;
}
