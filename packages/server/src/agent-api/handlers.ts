/** Handlers of what the agent calls about runs. Uploads and captured images are the content's. */
import { OstlerError } from '@ostler/contract';
import type { Logger } from 'pino';
import { offeredDeployments } from '../deployments/offered.ts';
import { pauseIfFailing } from '../deployments/pause.ts';
import type { NamedDeployment } from '../deployments/store.ts';
import { getDevice, updateDevice, type Queries, type StoredDevice } from '../devices/store.ts';
import type { Caller, Handlers } from '../http/handlers.ts';
import type { ContactNote } from '../runs/contact-note.ts';
import { lastMessageSequence } from '../runs/messages-store.ts';
import { noteSite } from '../runs/note-site.ts';
import { pendingOrders } from '../runs/debug-orders-store.ts';
import {
  beginRun,
  endRun,
  getReportedRun,
  getRunRow,
  journalOf,
  saveJournal,
  saveReport,
  type ReportedRun,
  type RunRow,
} from '../runs/store.ts';
import { createRestartHold } from '../runs/restart-hold.ts';
import { learnStepTimes } from '../runs/step-times.ts';
import { bindKeyToRun } from './agent-keys.ts';
import { runAssignment, runSecret, type AssignmentDependencies } from './assignment.ts';
import { answerHello, type HelloDependencies } from './hello.ts';
import { keepAnswers, planDeployment, requireAnswered, type PlanDependencies } from './plan.ts';
import { retryProof, retryRun } from './retry.ts';
import { takeUsersOfRun, type UsersOfRun } from './users-of-run.ts';

export type AgentDependencies = HelloDependencies & AssignmentDependencies & PlanDependencies & { readonly contact: ContactNote };
export type AgentHandlers = Pick<
  Handlers,
  | 'agent.hello'
  | 'agent.plan'
  | 'agent.choose'
  | 'agent.run'
  | 'agent.saveJournal'
  | 'agent.report'
  | 'agent.secret'
  | 'agent.finish'
  | 'agent.retry'
>;

export function agentHandlers(dependencies: AgentDependencies): AgentHandlers {
  const { database, contact } = dependencies;
  /** The caller's own run, and that it was heard from just now. */
  const ownRun = async (caller: Caller, id: string): Promise<RunRow> => {
    requireOwnRun(caller, id);
    await contact.note(id);
    return getRunRow(database.sql, id);
  };
  return {
    ...runCallHandlers(dependencies, ownRun),
    ...endCallHandlers(dependencies, ownRun),
    ...choiceCallHandlers(dependencies),
    'agent.hello': ({ body }, { remoteAddress, log }) => answerHello(body, { remoteAddress, log }, dependencies),
  };
}

/** Before there is a run: what a person at the computer may begin, and with which answers. */
function choiceCallHandlers(dependencies: AgentDependencies): Pick<AgentHandlers, 'agent.plan' | 'agent.choose'> {
  const { database, seal, events, now } = dependencies;
  const { sql } = database;
  return {
    'agent.plan': async ({ params }, { caller }) => {
      const device = await getDevice(sql, requireWithoutRun(caller));
      return planDeployment(sql, await offeredDeployment(device, params.id, dependencies), device, dependencies);
    },
    'agent.choose': async ({ body: { deploymentId, answers } }, { caller, log }) => {
      const before = await chosenBefore(sql, caller, deploymentId);
      if (before !== null) return { runId: before };
      const deviceId = requireWithoutRun(caller);
      const device = await getDevice(sql, deviceId);
      const chosen = await offeredDeployment(device, deploymentId, dependencies);
      const plan = await planDeployment(sql, chosen, device, dependencies);
      requireAnswered(plan, answers);
      const run = await sql.transaction().execute(async (transaction) => {
        const begun = await beginRun(transaction, chosen, device, { seal, nowMs: now() });
        await keepAnswers(transaction, begun.id, { questions: plan.questions, answers }, seal);
        await bindKeyToRun(transaction, device.id, begun.id);
        return begun;
      });
      const variables = answers.map(({ name }) => name);
      const { id: runId, device_name: deviceName, task_sequence_name: taskSequenceName } = run;
      log.info({ runId, deviceName, taskSequenceName, variables }, 'deployment chosen on the target');
      events.publish(run.deployment_id, { kind: 'changed' });
      return { runId };
    },
  };
}

/** A required deployment is chosen when it waited for a person; of several, the first. */
async function offeredDeployment(device: StoredDevice, id: string, dependencies: AgentDependencies): Promise<NamedDeployment> {
  const { database, settings, ownMachine, now } = dependencies;
  const surroundings = { nowMs: now(), settings: await settings.get(), ownMachine };
  const { available, required } = await offeredDeployments(database.sql, device, surroundings, 'network-boot');
  const found = [...required.slice(0, 1), ...available].find((deployment) => deployment.id === id);
  if (found === undefined) throw new OstlerError('DEPLOYMENT_NOT_OFFERED', { id });
  return found;
}

/** The same choice again is the same run: its answer may have been lost on the way. */
async function chosenBefore(sql: Queries, caller: Caller, deploymentId: string): Promise<string | null> {
  if (caller.kind !== 'agent' || caller.runId === null) return null;
  const { id, deployment_id, state } = await getRunRow(sql, caller.runId);
  return state === 'running' && deployment_id === deploymentId ? id : null;
}

/** @returns the device's id */
function requireWithoutRun(caller: Caller): string {
  if (caller.kind !== 'agent' || caller.runId !== null) throw new OstlerError('FORBIDDEN', {});
  return caller.deviceId;
}

type EndCalls = 'agent.finish' | 'agent.retry';

/** The end of a run, and its next life when a person at the target wants one. */
function endCallHandlers(
  dependencies: AgentDependencies,
  ownRun: (caller: Caller, id: string) => Promise<RunRow>,
): Pick<AgentHandlers, EndCalls> {
  const { database, seal, events, settings, now } = dependencies;
  const { sql } = database;
  return {
    'agent.finish': async ({ params }, { caller, log }) => {
      const run = await ownRun(caller, params.id);
      const state = endStateOf(run);
      const endedAtMs = now();
      const { retryOnTarget, userAffinity: affinity } = await settings.get();
      const { claimHash, pausedBecause, users } = await sql.transaction().execute(async (transaction) => {
        await endRun(transaction, run.id, state, endedAtMs);
        const because = state === 'failed' ? await pauseIfFailing(transaction, run.deployment_id, endedAtMs) : null;
        const device = await getDevice(transaction, run.device_id);
        if (state === 'succeeded') await learnStepTimes(transaction, run, device, endedAtMs);
        // A computer that was unknown and has been deployed is one of the site's from now on.
        const joins = device.state === 'unknown' && state === 'succeeded';
        await updateDevice(transaction, device.id, { claim: null, ...(joins ? { state: 'approved' } : {}) });
        const said = state === 'succeeded' ? await takeUsersOfRun(transaction, run, { affinity, seal, nowMs: endedAtMs }) : null;
        return { claimHash: device.claimHash, pausedBecause: because, users: said };
      });
      log.info({ runId: run.id, deviceName: run.device_name, taskSequenceName: run.task_sequence_name, state }, 'run ended');
      if (users !== null) logUsers(log, run, users);
      if (pausedBecause !== null) log.warn({ deploymentId: run.deployment_id, because: pausedBecause }, 'deployment paused itself');
      events.publish(run.deployment_id, { kind: 'changed' });
      const mayRetry = state === 'failed' && retryOnTarget;
      return { ok: true, retryProof: mayRetry ? await retryProof(sql, run.id, { endedAtMs, claimHash }, seal) : null };
    },
    'agent.retry': async ({ params: { id }, body }, { log }) => {
      const { run, key } = await retryRun(id, body.proof, dependencies);
      log.info({ runId: id, deviceName: run.device_name, taskSequenceName: run.task_sequence_name }, 'run begun again on the target');
      events.publish(run.deployment_id, { kind: 'changed' });
      return { key };
    },
  };
}

function logUsers(log: Logger, { id: runId, device_name: deviceName }: RunRow, said: UsersOfRun): void {
  const facts = { runId, deviceName, ...said };
  if (said.state === null) log.warn(facts, 'users that a run names for its computer are not taken');
  else log.info(facts, 'a run has named who its computer is for');
}

type RunCalls = 'agent.run' | 'agent.saveJournal' | 'agent.report' | 'agent.secret';

/** What an agent calls again and again while its run goes on. */
function runCallHandlers(
  dependencies: AgentDependencies,
  ownRun: (caller: Caller, id: string) => Promise<RunRow>,
): Pick<AgentHandlers, RunCalls> {
  const { database, memberships, seal, events, contact, now } = dependencies;
  const { sql } = database;
  const restartHoldOf = createRestartHold({ sql, memberships, now });
  const wishesOf = async (run: ReportedRun) => ({
    cancelRequested: run.cancel_requested === 1,
    pauseRequested: run.pause_requested === 1,
    restartHold: await restartHoldOf(run),
    debugOrders: await pendingOrders(sql, run, seal),
  });
  return {
    'agent.run': async ({ params }, { caller, remoteAddress }) => {
      const run = await ownRun(caller, params.id);
      await noteSite(sql, run, remoteAddress);
      return runAssignment(run, dependencies);
    },
    'agent.saveJournal': async ({ params: { id }, body }, { caller }) => {
      requireOwnRun(caller, id);
      const run = await saveJournal(sql, id, body, now());
      events.publish(run.deployment_id, { kind: 'changed' });
      return { revision: run.journal_revision, ...(await wishesOf(run)) };
    },
    'agent.report': async ({ params: { id }, body }, { caller }) => {
      requireOwnRun(caller, id);
      await contact.note(id);
      const run = await getReportedRun(sql, id);
      const added = await saveReport(database, run, body, now());
      for (const message of added) {
        events.publish(run.deployment_id, { kind: 'message', runId: run.id, deviceName: run.device_name, message });
      }
      if (added.length === 0 && body.progress !== null) events.publish(run.deployment_id, { kind: 'changed' });
      return { acknowledged: await lastMessageSequence(sql, run.id), ...(await wishesOf(run)) };
    },
    'agent.secret': async ({ params }, { caller, log }) => {
      const run = await ownRun(caller, params.id);
      const value = await runSecret(sql, run, params.name, seal);
      log.info({ runId: run.id, deviceName: run.device_name, variable: params.name }, 'secret variable read by a run');
      return { value };
    },
  };
}

/** @throws OstlerError FORBIDDEN for a run that is not the caller's */
export function requireOwnRun(caller: Caller, runId: string): Extract<Caller, { kind: 'agent' }> {
  if (caller.kind !== 'agent' || caller.runId !== runId) throw new OstlerError('FORBIDDEN', {});
  return caller;
}

function endStateOf(run: RunRow) {
  const result = journalOf(run)?.result ?? null;
  if (run.cancel_requested === 1 && result !== 'succeeded') return 'cancelled';
  if (result === null) throw new OstlerError('RUN_NOT_FINISHED', { id: run.id });
  return result;
}
