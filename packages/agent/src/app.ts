/** The agent from its start to its end: hello, the run, and what follows. The world it works on is given by main.ts. */
import { setTimeout } from 'node:timers/promises';
import { isOstlerError, toErrorBody, type Environment, type RunAssignment } from '@ostler/contract';
import type { EngineOutcome } from '@ostler/task-sequence';
import type { BootNetwork } from './boot-network.ts';
import { finishRun, removeTraces, runPostAction, type ToldEnd } from './end-run.ts';
import { afterFailure, failedView } from './after-failure.ts';
import { handOver } from './hand-over.ts';
import { sayHello, type HelloOptions, type Ready } from './hello.ts';
import { reportInventory, type InventoryWorld } from './report-inventory.ts';
import { runSequence, type RunDependencies, type RunEnd } from './run-sequence.ts';
import type { Screen } from './screen/screen.ts';
import type { ServerLink } from './server-link.ts';
import { reachSite } from './wizard/ask-network.ts';
import { runWizard, type WizardWorld } from './wizard/run-wizard.ts';

export interface AgentWorld {
  readonly screen: Pick<Screen, 'show' | 'nextKey' | 'setSiteName'>;
  /** The line to the server before there is a key. */
  readonly link: ServerLink;
  readonly hello: Omit<HelloOptions, 'link' | 'screen' | 'signal'>;
  readonly gatherInventory: InventoryWorld['gatherInventory'];
  /** Everything of a run, for a key. */
  readonly dependencies: (key: string, runId: string) => Promise<RunDependencies>;
  readonly restart: (target: Environment | 'as-the-firmware-likes') => Promise<void>;
  /** How long a failure stays on the screen of a computer that then restarts, unless SMSTSErrorDialogTimeout says otherwise. */
  readonly failureShownSeconds: number;
  readonly messageShownSeconds: number;
  /** What a person can set of the network; null where it is not the agent's. */
  readonly network: BootNetwork | null;
  readonly askAgainSeconds: WizardWorld['askAgainSeconds'];
  /** How long a failure in the boot environment waits for the server until a person is asked, and then between two tries. */
  readonly failureToldSeconds: number;
  /** Lends the console to a shell until that ends; null where the boot image does not allow one (commandSupport). */
  readonly shell: ((signal: AbortSignal) => Promise<void>) | null;
}

/** The boot environment: settles when the computer has been told to restart. */
export async function runInBootImage(world: AgentWorld, signal: AbortSignal): Promise<void> {
  const { screen } = world;
  try {
    screen.show({ view: 'message', title: 'Asking the site', lines: [world.link.serverUrl] });
    await reachSite(world.link, { screen, log: world.hello.log, network: world.network }, signal);
    const ready = await sayHello({ ...world.hello, link: world.link, screen, signal });
    screen.setSiteName(ready.siteName);
    await tellInventory(ready.key, world, signal);
    const runId = await chooseRun(ready, world, signal);
    if (runId !== null) {
      await runToItsEnd(ready.key, runId, world, signal);
      return;
    }
    screen.show({ view: 'message', title: 'Nothing to do', lines: ['This computer goes on to its disk.'] });
  } catch (error) {
    signal.throwIfAborted();
    if (!isOstlerError(error)) throw error;
    const { message, hint } = toErrorBody(error);
    world.hello.log.error({ err: error }, 'the agent cannot go on');
    screen.show({ view: 'message', title: 'This computer is not deployed', lines: [message, hint ?? ''] });
  }
  await pause(world.messageShownSeconds, world, signal);
  await world.restart('as-the-firmware-likes');
}

/** How the agent's part in a run is over. */
type LifeEnd = { readonly kind: 'again'; readonly key: string } | { readonly kind: 'ended' | 'restarting' };

/** The installed system: settles when the run has ended, or the computer has been told to restart. */
export async function runInInstalledSystem(
  key: string,
  runId: string,
  world: AgentWorld,
  signal: AbortSignal,
): Promise<'ended' | 'restarting'> {
  await tellInventory(key, world, signal);
  return runToItsEnd(key, runId, world, signal);
}

function tellInventory(key: string, { link, gatherInventory, hello: { log } }: AgentWorld, signal: AbortSignal): Promise<void> {
  return reportInventory(link.withKey(key), { gatherInventory, log }, signal);
}

async function chooseRun({ key, runId, menu }: Ready, { screen, link, hello, network, askAgainSeconds }: AgentWorld, signal: AbortSignal) {
  if (runId !== null || menu.length === 0) return runId;
  return runWizard(menu, { screen, link: link.withKey(key), log: hello.log, network, askAgainSeconds }, signal);
}

/** A run that failed may be begun again by the person at the computer: the same run, with another key. */
async function runToItsEnd(firstKey: string, runId: string, world: AgentWorld, signal: AbortSignal): Promise<'ended' | 'restarting'> {
  for (let key = firstKey; ;) {
    const end = await runOneLife(key, runId, world, signal);
    if (end.kind !== 'again') return end.kind;
    ({ key } = end);
  }
}

/** `again`: a person began the run's next life. */
async function runOneLife(key: string, runId: string, world: AgentWorld, signal: AbortSignal): Promise<LifeEnd> {
  const dependencies = await world.dependencies(key, runId);
  const assignment = await fetchAssignment(runId, dependencies, signal);
  if (assignment === null) {
    await removeTraces(null, dependencies, signal);
    if (dependencies.config.environment === 'boot-image') await world.restart('as-the-firmware-likes');
    return { kind: 'ended' };
  }
  world.screen.setSiteName(assignment.siteName);
  const end = await runSequence(assignment, dependencies, signal);
  if (end.outcome.kind !== 'restart') return endRun(end, world, dependencies, signal);
  await restartInto(end.outcome, end, world, dependencies, signal);
  return { kind: 'restarting' };
}

/** null: the server does not know this run, or has ended it: there is nothing left to do. */
async function fetchAssignment(runId: string, { link, log }: RunDependencies, signal: AbortSignal): Promise<RunAssignment | null> {
  try {
    return await link.call('agent.run', { params: { id: runId } }, { signal, patienceMs: Number.POSITIVE_INFINITY });
  } catch (error) {
    signal.throwIfAborted();
    if (!isOstlerError(error) || error.status >= 500) throw error;
    log.warn({ err: error, runId }, 'the server has no such run any more');
    return null;
  }
}

async function restartInto(
  { target, delaySeconds, message }: Extract<EngineOutcome, { kind: 'restart' }>,
  end: RunEnd,
  world: AgentWorld,
  dependencies: RunDependencies,
  signal: AbortSignal,
): Promise<void> {
  if (target === 'installed-os') await handOver(end, dependencies, signal);
  else await end.run.reporter.flush(signal, Number.POSITIVE_INFINITY);
  await dependencies.target.unmountAll();
  for (let seconds = delaySeconds; seconds > 0; seconds -= 1) {
    world.screen.show({ view: 'restarting', message, seconds });
    await setTimeout(1000, undefined, { signal });
  }
  world.screen.show({ view: 'restarting', message, seconds: 0 });
  await world.restart(target);
}

async function endRun(end: RunEnd, world: AgentWorld, dependencies: RunDependencies, signal: AbortSignal): Promise<LifeEnd> {
  const { outcome, state, startedAtMs, run } = end;
  const { screen } = world;
  const failed = outcome.kind === 'failed' ? failedView(end, outcome.failure) : null;
  if (failed !== null) screen.show(failed);
  const inBootImage = dependencies.config.environment === 'boot-image';
  const tell = (patienceMs: number): Promise<ToldEnd> => finishRun(end, dependencies, signal, patienceMs);
  const told = await tell(failed !== null && inBootImage ? world.failureToldSeconds * 1000 : Number.POSITIVE_INFINITY);
  await removeTraces(state, dependencies, signal);
  await runPostAction(outcome, dependencies, signal);
  const elapsedSeconds = (dependencies.nowMs() - startedAtMs) / 1000;
  const { definition, deviceName } = run.assignment;
  if (failed === null) screen.show({ view: 'succeeded', sequenceName: definition.name, computerName: deviceName, elapsedSeconds });
  if (!inBootImage) return { kind: 'ended' };
  if (failed === null) await pause(world.messageShownSeconds, world, signal);
  else {
    const key = await afterFailure(failed, { assignment: run.assignment, state, told, tell }, world, signal);
    if (key !== null) return { kind: 'again', key };
  }
  await world.restart('as-the-firmware-likes');
  return { kind: 'restarting' };
}

async function pause(seconds: number, { screen }: AgentWorld, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const key = screen.nextKey(AbortSignal.any([signal, over.signal])).catch(() => undefined);
  await Promise.race([key, setTimeout(seconds * 1000, undefined, { signal })]);
  over.abort();
}
