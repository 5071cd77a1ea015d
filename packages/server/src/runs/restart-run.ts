/** A run that has ended goes on: a new life of the same run, with its variables, from where it ended or from any step. */
import { OstlerError, stepFacts, type EngineState, type Environment, type NodePath, type TaskSequenceDefinition } from '@ostler/contract';
import { activeSteps, comparePaths, nodeAt } from '@ostler/task-sequence';
import { hasClient } from '../clients/store.ts';
import { markStale, type Queries } from '../devices/store.ts';
import { holdRevision } from '../packages/content-revision.ts';
import { findStep } from './find-step.ts';
import { noteRunBegun } from './note-run.ts';
import { definitionOf, findRunningRun, getRunRow, journalOf, type RunRow } from './store.ts';

/**
 * A new life begins in the boot environment, which the computer gets from the network: an agent that ended took itself off the
 * disk. Where the run goes on in the installed system, the engine restarts into it first, and the agent is put there again. Only where
 * that system has a client, it begins there.
 * Call it inside a transaction.
 * @throws OstlerError NOT_FOUND, RUN_NOT_ENDED, RUN_IN_PROGRESS, RUN_STEP_NOT_FOUND, RUN_STEP_AMBIGUOUS
 */
export async function restartRun(sql: Queries, id: string, from: string | null, nowMs: number): Promise<RunRow> {
  const row = await getRunRow(sql, id);
  if (row.state === 'running') throw new OstlerError('RUN_NOT_ENDED', { id });
  const running = await findRunningRun(sql, row.device_id);
  if (running !== null) throw new OstlerError('RUN_IN_PROGRESS', { name: row.device_name, id: running.id });
  const before = journalOf(row);
  const journal = before === null ? null : newLife(before, definitionOf(row), { id, from, hasClient: await hasClient(sql, row.device_id) });
  await sql
    .updateTable('runs')
    .set({
      state: 'running',
      environment: journal?.environment ?? 'boot-image',
      ended_at: null,
      failure: null,
      // From now on there are some again.
      messages_deleted: 0,
      log_deleted: 0,
      failure_code: null,
      failure_step: null,
      step: null,
      cancel_requested: 0,
      // A person began it again.
      restarts_wait: 0,
      last_contact_at: nowMs,
      // What it had may be gone, and what it failed for may be mended.
      content_revision: await holdRevision(sql),
      ...(journal === null ? {} : { journal: JSON.stringify(journal), journal_revision: journal.revision }),
    })
    .where('id', '=', id)
    .execute();
  await markStale(sql, row.device_id);
  await noteRunBegun(sql, row, nowMs);
  return getRunRow(sql, id);
}

interface Wanted {
  readonly id: string;
  readonly from: string | null;
  readonly hasClient: boolean;
}

function newLife(before: EngineState, definition: TaskSequenceDefinition, { id, from, hasClient: client }: Wanted): EngineState {
  const cursor = from === null ? endOf(before, definition) : findStep(definition, id, from);
  const goesOnIn = environmentAt(definition, cursor, before.environment);
  const beginsIn = client ? goesOnIn : 'boot-image';
  return {
    ...before,
    revision: before.revision + 1,
    cursor,
    cursorState: 'ready',
    attempts: 0,
    repeats: 0,
    environment: beginsIn,
    plannedRestart: true,
    goOnIn: goesOnIn === beginsIn ? null : goesOnIn,
    unexpectedRestarts: 0,
    paused: false,
    heldRestart: null,
    debugger: { ...before.debugger, mode: before.debugger.mode === 'off' ? 'off' : 'stepping', waiting: null },
    elapsedMs: 0,
    // What runs again is not yet as it was.
    outcomes: before.outcomes.filter((outcome) => comparePaths(outcome.path, cursor) < 0),
    result: null,
    failure: null,
  };
}

/** The step that failed, or where the run was when its computer was given up; after a success, the beginning. */
function endOf({ failure, cursor }: EngineState, { steps }: TaskSequenceDefinition): NodePath {
  const path = failure?.path ?? cursor ?? [0];
  return nodeAt(steps, path) === undefined ? [0] : path;
}

/** Where the run was, unless the first step that can run from there on cannot run there. */
function environmentAt({ steps }: TaskSequenceDefinition, cursor: NodePath, was: Environment): Environment {
  for (const { path, step } of activeSteps(steps)) {
    if (comparePaths(path, cursor) < 0) continue;
    const { environments } = stepFacts[step.type];
    return environments.includes(was) ? was : (environments[0] ?? was);
  }
  return was;
}
