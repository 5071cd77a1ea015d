/** The agent from its start to its end: hello, the run, and what follows. The world it works on is given by main.ts. */
import { setTimeout } from 'node:timers/promises';
import { isOstlerError, toErrorBody, type Environment, type RunAssignment } from '@ostler/contract';
import type { EngineOutcome } from '@ostler/task-sequence';
import { finishRun, handOver, removeTraces, runPostAction } from './end-run.ts';
import { sayHello, type HelloOptions, type Ready } from './hello.ts';
import { runSequence, type RunDependencies, type RunEnd } from './run-sequence.ts';
import { askMenu } from './screen/ask.ts';
import type { ScreenView } from './screen/screen-state.ts';
import type { Screen } from './screen/screen.ts';
import type { ServerLink } from './server-link.ts';

export interface AgentWorld {
  readonly screen: Pick<Screen, 'show' | 'nextKey' | 'setSiteName'>;
  /** The line to the server before there is a key. */
  readonly link: ServerLink;
  readonly hello: Omit<HelloOptions, 'link' | 'screen' | 'signal'>;
  /** Everything of a run, for a key. */
  readonly dependencies: (key: string, runId: string) => Promise<RunDependencies>;
  readonly restart: (target: Environment | 'as-the-firmware-likes') => Promise<void>;
  /** How long a failure stays on the screen of a computer that then restarts. */
  readonly failureShownSeconds: number;
  readonly messageShownSeconds: number;
}

/** The boot environment: settles when the computer has been told to restart. */
export async function runInBootImage(world: AgentWorld, signal: AbortSignal): Promise<void> {
  const { screen } = world;
  try {
    screen.show({ view: 'message', title: 'Asking the site', lines: [world.link.serverUrl] });
    const ready = await sayHello({ ...world.hello, link: world.link, screen, signal });
    screen.setSiteName(ready.siteName);
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

/** The installed system: settles when the run has ended, or the computer has been told to restart. */
export async function runInInstalledSystem(key: string, runId: string, world: AgentWorld, signal: AbortSignal): Promise<void> {
  await runToItsEnd(key, runId, world, signal);
}

async function chooseRun({ key, runId, menu }: Ready, { screen, link }: AgentWorld, signal: AbortSignal): Promise<string | null> {
  if (runId !== null || menu.length === 0) return runId;
  const chosen = await askMenu(screen, menu, signal);
  const entry = chosen === null ? undefined : menu[chosen];
  if (entry === undefined) return null;
  const body = { deploymentId: entry.deploymentId };
  return (await link.withKey(key).call('agent.choose', { body }, { signal, patienceMs: Number.POSITIVE_INFINITY })).runId;
}

async function runToItsEnd(key: string, runId: string, world: AgentWorld, signal: AbortSignal): Promise<void> {
  const dependencies = await world.dependencies(key, runId);
  const assignment = await fetchAssignment(runId, dependencies, signal);
  if (assignment === null) {
    await removeTraces(null, dependencies, signal);
    if (dependencies.config.environment === 'boot-image') await world.restart('as-the-firmware-likes');
    return;
  }
  world.screen.setSiteName(assignment.siteName);
  const end = await runSequence(assignment, dependencies, signal);
  if (end.outcome.kind === 'restart') await restartInto(end.outcome, end, world, dependencies, signal);
  else await endRun(end, world, dependencies, signal);
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

async function endRun(end: RunEnd, world: AgentWorld, dependencies: RunDependencies, signal: AbortSignal): Promise<void> {
  const { outcome, state, startedAtMs, run } = end;
  const { screen } = world;
  const sequenceName = run.assignment.definition.name;
  const failed =
    outcome.kind === 'failed' ? { view: 'failed' as const, sequenceName, failure: outcome.failure, logPath: run.logFile.path } : null;
  if (failed !== null) screen.show({ ...failed, secondsLeft: null });
  await finishRun(end, dependencies, signal);
  await removeTraces(state, dependencies, signal);
  await runPostAction(outcome, dependencies, signal);
  const elapsedSeconds = (dependencies.nowMs() - startedAtMs) / 1000;
  if (failed === null) screen.show({ view: 'succeeded', sequenceName, computerName: run.assignment.deviceName, elapsedSeconds });
  if (dependencies.config.environment === 'installed-os') return;
  if (failed === null) await pause(world.messageShownSeconds, world, signal);
  else await showFailure(failed, world, signal);
  await world.restart('as-the-firmware-likes');
}

type FailedView = Extract<ScreenView, { view: 'failed' }>;

/** Long enough to be read by someone who comes by; a key is the answer that it has been. */
async function showFailure(failed: Omit<FailedView, 'secondsLeft'>, world: AgentWorld, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const key = world.screen.nextKey(AbortSignal.any([signal, over.signal])).then(
    () => true,
    () => false,
  );
  for (let secondsLeft = world.failureShownSeconds; secondsLeft > 0; secondsLeft -= 1) {
    world.screen.show({ ...failed, secondsLeft });
    if (await Promise.race([key, setTimeout(1000, false, { signal })])) return;
  }
  over.abort();
}

async function pause(seconds: number, { screen }: AgentWorld, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const key = screen.nextKey(AbortSignal.any([signal, over.signal])).catch(() => undefined);
  await Promise.race([key, setTimeout(seconds * 1000, undefined, { signal })]);
  over.abort();
}
