/**
 * One life of a run on this computer: from the assignment to the next restart or the end. It joins the engine with the journal,
 * the status messages, the log, the screen and the steps. What happens after it is app.ts.
 */
import { setTimeout } from 'node:timers/promises';
import type { DeviceFacts, EngineState, RunAssignment } from '@ostler/contract';
import { runTaskSequence, type EngineEvent, type EngineOutcome, type EnginePort } from '@ostler/task-sequence';
import { createConditionFacts } from './conditions/condition-facts.ts';
import type { SystemTreeSources } from './conditions/system-tree.ts';
import type { AgentConfig, AgentFile } from './config.ts';
import type { ContentAccess } from './content-access.ts';
import { withOrigins } from './content-origin.ts';
import { DebugSession, type DebugConsole } from './debugger/debug-session.ts';
import { defaultGateways, ipAddresses } from './facts/gather-facts.ts';
import { initialVariables } from './facts/built-in-variables.ts';
import { entersInstalledSystem, placeAgent } from './hand-over.ts';
import type { ImagingOperations } from './imaging-operations.ts';
import type { AgentProgram } from './install-agent.ts';
import { Journal, newerState, readJournal } from './journal.ts';
import { logEvent } from './log-event.ts';
import type { RunLog } from './log.ts';
import { findLogFile, LogShipper, type LogFile } from './log-shipper.ts';
import { MessageSpool } from './message-spool.ts';
import { RunControl } from './run-control.ts';
import { NetworkFolders } from './network-folders.ts';
import { RunProgress } from './run-progress.ts';
import { RunReporter } from './run-reporter.ts';
import type { Screen } from './screen/screen.ts';
import { createSealer } from './seal.ts';
import type { ServerLink } from './server-link.ts';
import { runStep } from './steps/index.ts';
import type { StepContext } from './steps/step-context.ts';
import type { Target } from './target.ts';
import { userStatePath } from './user-state-path.ts';

export interface RunDependencies {
  readonly config: AgentConfig;
  readonly link: Pick<ServerLink, 'call' | 'append'>;
  readonly content: ContentAccess;
  readonly imaging: ImagingOperations;
  readonly target: Target;
  readonly screen: Pick<Screen, 'show'>;
  readonly debugConsole: DebugConsole;
  readonly log: RunLog;
  readonly facts: DeviceFacts;
  readonly program: AgentProgram;
  readonly handOver: AgentFile;
  readonly memoryDirectory: string;
  readonly reportEveryMs: number;
  readonly shipLogEveryMs: number;
  /** How long the server hears nothing of a run in which nothing is new. */
  readonly heartbeatMs: number;
  /** How long each save waits for the server where a disk has the state too. */
  readonly patienceMs: number;
  readonly nowMs: () => number;
}

/** A run that is open: what its end, or the restart, still needs. */
export interface OpenRun {
  readonly assignment: RunAssignment;
  readonly journal: Journal;
  readonly reporter: RunReporter;
  readonly spool: MessageSpool;
  readonly logFile: LogFile;
}

export interface RunEnd {
  readonly run: OpenRun;
  readonly outcome: EngineOutcome;
  /** The last state that was saved. */
  readonly state: EngineState | null;
  readonly startedAtMs: number;
  /** What the last step that failed in this life printed, masked. */
  readonly failedOutput: string;
}

const maxUnexpectedRestarts = 10;

export async function runSequence(assignment: RunAssignment, dependencies: RunDependencies, signal: AbortSignal): Promise<RunEnd> {
  const { config, log } = dependencies;
  const kept = newerState(assignment.journal, await readJournal(config.stateDirectory, assignment.runId));
  const control = new RunControl(log, kept);
  const run = await openRun(assignment, dependencies, control, signal);
  const startedAtMs = kept === null ? dependencies.nowMs() : Date.parse(kept.startedAt);
  const progress = progressOf(run, dependencies, startedAtMs);
  const memory: EngineMemory = { lastState: kept, environment: config.environment, failedOutput: '' };
  const networkFolders = new NetworkFolders(dependencies);
  const debugSession = debugSessionOf(run, dependencies, memory, control);
  const port = enginePort({ run, dependencies, progress, memory, control, networkFolders, debugSession, signal });
  const reporting = new AbortController();
  const reported = run.reporter.keepReporting(AbortSignal.any([signal, reporting.signal]));
  try {
    const variables = initialVariables({
      assignment,
      facts: dependencies.facts,
      environment: config.environment,
      bootImageId: config.bootImageId,
      ipAddresses: ipAddresses(),
      defaultGateways: await defaultGateways('/'),
      logPath: run.logFile.path,
      stateDirectory: config.stateDirectory,
      userStatePath: userStatePath(config.environment === 'boot-image' ? dependencies.target.rootPath : '/'),
    });
    const options = { variables, journal: kept, environment: config.environment, maxUnexpectedRestarts };
    const outcome = await runTaskSequence(assignment.definition, options, port, signal);
    return { run, outcome, state: memory.lastState, startedAtMs, failedOutput: memory.failedOutput };
  } finally {
    await networkFolders.disconnectAll();
    reporting.abort();
    await reported;
  }
}

async function openRun(
  assignment: RunAssignment,
  { config, link, target, log, patienceMs, reportEveryMs, shipLogEveryMs, heartbeatMs }: RunDependencies,
  control: RunControl,
  signal: AbortSignal,
): Promise<OpenRun> {
  const { runId, logReceivedBytes, nextMessageSequence } = assignment;
  const logFile = await findLogFile(config.stateDirectory, logReceivedBytes);
  log.openFile(logFile.path);
  log.info({ runId, sequence: assignment.definition.name, environment: config.environment }, 'the agent has its run');
  const onDisk = (): string[] => [target.stateDirectory() ?? config.stateDirectory];
  const spool = await MessageSpool.open({ directories: () => [config.stateDirectory], nextSequence: nextMessageSequence, log });
  const shipper = new LogShipper({ file: logFile, runId, link, receivedBytes: logReceivedBytes });
  const pace = { intervalMs: reportEveryMs, logIntervalMs: shipLogEveryMs, heartbeatMs };
  const reporter = new RunReporter({ runId, link, spool, shipper, control, log, ...pace });
  const journal = new Journal({ runId, link, directories: onDisk, patienceMs, signal, control, log });
  return { assignment, journal, reporter, spool, logFile };
}

function progressOf({ assignment, reporter }: OpenRun, { config, screen, nowMs }: RunDependencies, startedAtMs: number): RunProgress {
  const { definition, deviceName } = assignment;
  const sequenceName = definition.progressText || definition.name;
  const expectedTimes = assignment.expectedTimes.filter(({ environment }) => environment === config.environment);
  return new RunProgress({ sequenceName, computerName: deviceName, startedAtMs, screen, reporter, nowMs, expectedTimes });
}

function debugSessionOf(
  { assignment: { runId, definition }, reporter }: OpenRun,
  { debugConsole, screen, log }: RunDependencies,
  memory: EngineMemory,
  { debugDesk: desk, cancelSignal }: RunControl,
): DebugSession {
  const parts = { runId, definition, desk, console: debugConsole, screen, reporter, cancelSignal, log };
  return new DebugSession({ ...parts, state: () => memory.lastState });
}

interface EngineMemory {
  lastState: EngineState | null;
  failedOutput: string;
  readonly environment: AgentConfig['environment'];
}

interface PortParts {
  readonly networkFolders: NetworkFolders;
  readonly run: OpenRun;
  readonly dependencies: RunDependencies;
  readonly progress: RunProgress;
  readonly memory: EngineMemory;
  readonly control: RunControl;
  readonly debugSession: DebugSession;
  readonly signal: AbortSignal;
}

function enginePort({ run, dependencies, progress, memory, control, networkFolders, debugSession, signal }: PortParts): EnginePort {
  const { link, log, nowMs, imaging } = dependencies;
  const isBootImage = memory.environment === 'boot-image';
  const { runId: id, sealingKey } = run.assignment;
  return {
    ...createSealer(sealingKey),
    runStep: (step, context) => {
      log.useMask((text) => context.variables.mask(text));
      return runStep(step, { ...context, ...stepParts({ run, dependencies, progress, control, networkFolders }, context) });
    },
    conditionFacts: ({ variables, signal }) => createConditionFacts(conditionSources(dependencies, variables, signal)),
    saveState: async (state) => {
      if (entersInstalledSystem(state, dependencies)) await placeAgent(state, run.assignment, dependencies, signal);
      // There they are in memory only: what the journal calls done was told before, and a power cut loses none.
      if (isBootImage) await run.reporter.sendMessages(signal, Number.POSITIVE_INFINITY);
      // What the journal calls done is not done again: a power cut must not take it back.
      await imaging.flushDisks({ signal });
      await run.journal.save(state);
      memory.lastState = state;
    },
    report: async (event) => {
      if (event.kind === 'step-started') progress.beginStep(event);
      if (event.kind === 'step-failed') memory.failedOutput = event.output;
      if (event.kind === 'paused') dependencies.screen.show(pausedView);
      if (event.kind === 'restart-waits') dependencies.screen.show(waitingView(event));
      debugSession.note(event);
      for (const each of withOrigins(event, dependencies.content)) {
        logEvent(each, log);
        await run.spool.add(statusMessage(each, memory.environment, nowMs()));
      }
    },
    cancelRequested: () => control.cancelSignal.aborted,
    pauseRequested: () => control.pauseRequested,
    untilContinued: (waitSignal) => control.untilContinued(waitSignal),
    restartHold: () => control.restartHold,
    untilRestartHoldDiffers: (from, waitSignal) => control.untilRestartHoldDiffers(from, waitSignal),
    takeDebugInstruction: () => control.debugDesk.take(),
    untilDebugInstruction: (stop, waitSignal) => debugSession.wait(stop, waitSignal),
    timeout: (delayMs) => AbortSignal.timeout(Math.ceil(delayMs)),
    elapsed: () => performance.now(),
    fetchSecret: async (name) => {
      const patience = { signal, patienceMs: Number.POSITIVE_INFINITY };
      return (await link.call('agent.secret', { params: { id, name } }, patience)).value;
    },
    wait: async (delayMs, waitSignal) =>
      setTimeout(delayMs, undefined, { signal: AbortSignal.any([waitSignal, control.cancelSignal]) }).catch(ignoreUnless(waitSignal)),
    now: nowMs,
  };
}

const pausedView = {
  view: 'message',
  title: 'Paused',
  lines: ['An administrator has paused this deployment between two steps.', 'It goes on by itself when it is continued.'],
} as const;

function waitingView({ output }: Pick<EngineEvent, 'output'>) {
  return {
    view: 'message',
    title: 'Waiting for the maintenance window',
    lines: [output, 'An administrator can let it restart now.'],
  } as const;
}

function conditionSources(
  { config, target, imaging }: RunDependencies,
  variables: StepContext['variables'],
  signal: AbortSignal,
): SystemTreeSources {
  return { environment: config.environment, root: '/', target, imaging, variables, port: { signal, report: () => undefined } };
}

/** A cancelled wait is only over sooner: the engine asks for the cancellation itself. */
function ignoreUnless(signal: AbortSignal): (thrown: unknown) => void {
  return (thrown) => {
    if (signal.aborted) throw thrown;
  };
}

type EngineContext = Pick<StepContext, 'path' | 'variables' | 'signal' | 'loadSecrets'>;

function stepParts(
  { run, dependencies, progress, control, networkFolders }: Omit<PortParts, 'memory' | 'debugSession' | 'signal'>,
  { variables, signal }: EngineContext,
): Omit<StepContext, keyof EngineContext> {
  const { config, facts, target, imaging, content, link, log, handOver, program, memoryDirectory } = dependencies;
  return {
    cancelSignal: control.cancelSignal,
    environment: config.environment,
    facts,
    assignment: run.assignment,
    target,
    networkFolders,
    conditionFacts: createConditionFacts(conditionSources(dependencies, variables, signal)),
    imaging,
    content,
    link,
    log,
    handOver,
    program,
    stateDirectory: config.stateDirectory,
    memoryDirectory,
    report: (each, bytesPerSecond) => {
      progress.report(each, bytesPerSecond);
    },
    output: (text) => {
      for (const line of progress.output(text, (each) => variables.mask(each))) log.info({ line }, 'output');
    },
  };
}

const outputChars = 8000;

function statusMessage(event: EngineEvent, environment: AgentConfig['environment'], nowMs: number) {
  const { kind, path, stepName, stepType, exitCode, durationMs, output, error, facts } = event;
  const common = { at: new Date(nowMs).toISOString(), kind, environment, path, stepName, stepType, exitCode, durationMs };
  return { ...common, output: output.slice(-outputChars), error, facts: { ...facts } };
}
