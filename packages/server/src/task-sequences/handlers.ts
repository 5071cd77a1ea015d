/** Handlers of the task sequence routes: nothing with a missing reference or an impossible step is saved. */
import type { TaskSequence, TaskSequenceDefinition } from '@ostler/contract';
import { diffTaskSequences, disableProblems, generateTaskSequence, importTaskSequence, validateTaskSequence } from '@ostler/task-sequence';
import type { Database } from '../database/database.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { Queries } from '../devices/store.ts';
import { callerName } from '../http/caller-name.ts';
import type { Caller, HandlersOf } from '../http/handlers.ts';
import { previewHandlers } from './preview-handlers.ts';
import { requireValid, siteLookups, type ContentCatalogue } from './site-lookups.ts';
import { createTaskSequence, deleteTaskSequence, getTaskSequence, listTaskSequences, listVersions, saveNewVersion } from './store.ts';

export interface TaskSequenceDependencies {
  readonly database: Database;
  readonly catalogue: ContentCatalogue;
  readonly seal: SecretSeal;
  readonly now: () => number;
}

interface Save {
  readonly definition: TaskSequenceDefinition;
  readonly comment: string;
  readonly caller: Caller;
}

export function taskSequenceHandlers({ database: { sql }, catalogue, seal, now }: TaskSequenceDependencies): HandlersOf<'taskSequences'> {
  const savedNow = ({ definition, comment, caller }: Save) => ({ definition, comment, savedBy: callerName(caller), nowMs: now() });
  const create = async (save: Save): Promise<TaskSequence> => {
    await requireValid(save.definition, { sql, catalogue, id: null });
    const id = await sql.transaction().execute((transaction) => createTaskSequence(transaction, savedNow(save)));
    return getTaskSequence(sql, id);
  };
  const update = async (id: string, save: Save, baseVersion: number | undefined): Promise<TaskSequence> => {
    await requireValid(save.definition, { sql, catalogue, id });
    await sql.transaction().execute((transaction) => saveNewVersion(transaction, id, { ...savedNow(save), baseVersion }));
    return getTaskSequence(sql, id);
  };
  return {
    ...previewHandlers({ sql, catalogue, seal }),
    ...historyHandlers(sql),
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
      // Applications are known by their names on both sides; what the caller says wins.
      const byName = (await catalogue.listApplications()).map((application) => [application.name.toLowerCase(), application.id] as const);
      const given = Object.entries(body.references).map(([original, id]) => [original.toLowerCase(), id] as const);
      const references = Object.fromEntries([...byName, ...given]);
      const found = await importTaskSequence(Buffer.from(body.contentBase64, 'base64'), { ...body, references });
      const { definition, decisions } = await disableProblems(found, async (each) =>
        validateTaskSequence(each, await siteLookups(each, { sql, catalogue, id: null })),
      );
      if (!body.save) return { taskSequence: null, definition, decisions };
      const { definition: _saved, ...taskSequence } = await create({ definition, comment: `Imported from ${body.fileName}`, caller });
      const disabled = decisions.filter(({ decision }) => decision === 'disabled').length;
      log.info({ taskSequenceId: taskSequence.id, name: taskSequence.name, steps: decisions.length, disabled }, 'task sequence imported');
      return { taskSequence, definition, decisions };
    },
    'taskSequences.rollBack': async ({ params: { id }, body }, { caller }) => {
      const { definition, version } = await getTaskSequence(sql, id, body.version);
      const comment = body.comment === '' ? `Rolled back to version ${version}` : body.comment;
      return update(id, { definition, comment, caller }, body.baseVersion);
    },
    'taskSequences.delete': async ({ params }) => {
      await sql.transaction().execute((transaction) => deleteTaskSequence(transaction, params.id));
      return { ok: true };
    },
  };
}

/** What was saved before, and what changed. */
function historyHandlers(sql: Queries): Pick<HandlersOf<'taskSequences'>, 'taskSequences.versions' | 'taskSequences.diff'> {
  return {
    'taskSequences.versions': async ({ params }) => ({ items: await listVersions(sql, params.id) }),
    'taskSequences.diff': async ({ params: { id }, query }) => {
      const to = await getTaskSequence(sql, id, query.to);
      const from = await getTaskSequence(sql, id, query.from ?? Math.max(1, to.version - 1));
      return { from: from.version, to: to.version, changes: diffTaskSequences(from.definition, to.definition) };
    },
  };
}
