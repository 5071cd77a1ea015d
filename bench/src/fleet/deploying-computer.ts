/**
 * A computer that is deployed: network boot, hello, inventory, then the real engine, whose journal and status messages go to the site as the
 * agent sends them in the boot environment. What its steps do is to take time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type EngineState, type RunAssignment, type StatusMessage, type Step, type StepProgress } from '@ostler/contract';
import { runTaskSequence, type EngineEvent, type StepContext } from '@ostler/task-sequence';
import { UndisturbedEnginePort } from '../undisturbed-engine-port.ts';
import type { Line } from './line.ts';
import type { Machine } from './machine.ts';

/** How the agent paces itself (packages/agent: run-reporter.ts, main.ts). */
const reportEveryMs = 1000;
const shipLogEveryMs = 5000;
const heartbeatMs = 15_000;
const restAfterAnswers = 4;
const longestRestMs = 15_000;
/** Lines that a step prints a second. */
const logLine = `${'x'.repeat(110)}\n`;

export interface Pace {
  readonly stepMs: number;
}

/** What the site has acknowledged of a run: it must not lose it. */
export interface DeployedRun {
  readonly runId: string;
  /** Every status message, in order. */
  readonly messages: readonly StatusMessage[];
  acknowledgedSequence: number;
  /** The site has acknowledged the end. */
  ended: boolean;
}

/** The computer has its key and its run. */
export async function beginRun(machine: Machine, line: Line, signal: AbortSignal): Promise<string> {
  await line.bootScript(machine, signal);
  const { facts, macAddress: bootMacAddress, claim } = machine;
  const body = { facts, environment: 'boot-image', bootMacAddress, bootImageId: null, claim } as const;
  const hello = await line.call('agent.hello', { body }, signal);
  if (hello.state !== 'ready' || hello.runId === null) throw new Error(`${machine.name} got no run: ${JSON.stringify(hello)}`);
  line.useKey(hello.key);
  await line.call('agent.reportInventory', { body: machine.inventory }, signal);
  return hello.runId;
}

/** @param note hears of the run before its first step */
export async function deploy(
  machine: Machine,
  { line, pace, note }: { readonly line: Line; readonly pace: Pace; readonly note: (run: DeployedRun) => void },
  signal: AbortSignal,
): Promise<void> {
  const runId = await beginRun(machine, line, signal);
  const agent = new SimulatedAgent(await line.call('agent.run', { params: { id: runId } }, signal), line, pace, signal);
  note(agent.run);
  await agent.work();
}

class SimulatedAgent extends UndisturbedEnginePort {
  readonly run: DeployedRun & { readonly messages: StatusMessage[] };
  readonly #assignment: RunAssignment;
  readonly #line: Line;
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  #progress: StepProgress | null = null;
  #progressSent: StepProgress | null = null;
  #log = '';
  #logSent: number;
  #lastSentMs = 0;
  #lastShippedMs = Number.NEGATIVE_INFINITY;

  constructor(assignment: RunAssignment, line: Line, pace: Pace, signal: AbortSignal) {
    super();
    this.#assignment = assignment;
    this.#line = line;
    this.#pace = pace;
    this.#signal = signal;
    this.#logSent = assignment.logReceivedBytes;
    this.run = { runId: assignment.runId, messages: [], acknowledgedSequence: 0, ended: false };
  }

  async work(): Promise<void> {
    const ended = new AbortController();
    const reporting = this.#keepReporting(AbortSignal.any([this.#signal, ended.signal]));
    const options = { variables: [], journal: null, environment: 'boot-image', maxUnexpectedRestarts: 10 } as const;
    try {
      const outcome = await runTaskSequence(this.#assignment.definition, options, this, this.#signal);
      if (outcome.kind !== 'succeeded') throw new Error(`A run ended otherwise: ${JSON.stringify(outcome)}`);
    } finally {
      ended.abort();
      await reporting;
    }
    await this.#sendMessages();
    await this.#shipLog(this.#signal);
    await this.#finish();
    this.run.ended = true;
  }

  /** The key ends with the run: where the answer was lost, the next try is refused (packages/agent: end-run.ts). */
  async #finish(): Promise<void> {
    try {
      await this.#line.call('agent.finish', { params: { id: this.run.runId } }, this.#signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    }
  }

  readonly runStep = async (step: Step, { path, signal }: StepContext) => {
    if (step.type === 'run-command-line' && step.options.packageId !== undefined) await this.#locateContent(signal);
    const endsAtMs = performance.now() + this.#pace.stepMs * (0.75 + Math.random() / 2);
    for (let done = 1; performance.now() < endsAtMs; done += 1) {
      await sleep(Math.min(reportEveryMs, Math.max(1, endsAtMs - performance.now())), undefined, { signal });
      this.#log += logLine;
      if (step.type === 'run-command-line' && step.options.packageId !== undefined) this.#progress = progressOf(path, step.name, done);
    }
    return { exitCode: 0, output: logLine };
  };

  readonly saveState = async (state: EngineState): Promise<void> => {
    // What the journal calls done was told before (packages/agent: run-sequence.ts).
    await this.#sendMessages();
    await this.#line.call('agent.saveJournal', { params: { id: this.run.runId }, body: state }, this.#signal);
  };

  readonly report = ({ stepNumber: _number, stepCount: _count, facts, ...event }: EngineEvent): void => {
    const at = new Date().toISOString();
    const sequence = this.#assignment.nextMessageSequence + this.run.messages.length;
    this.run.messages.push({ sequence, at, environment: 'boot-image', ...event, facts: { ...facts } });
    this.#log += logLine;
  };

  async #locateContent(signal: AbortSignal): Promise<void> {
    for (const { content } of this.#assignment.packages) {
      await this.#line.call('agent.contentSources', { params: { id: this.run.runId, sha256: content.sha256 } }, signal);
    }
  }

  async #keepReporting(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const beganMs = performance.now();
        const isDue = beganMs - this.#lastSentMs > heartbeatMs;
        if (isDue || this.#unsent().length > 0 || this.#progress !== this.#progressSent) await this.#sendReport(signal);
        if (beganMs - this.#lastShippedMs > shipLogEveryMs) await this.#shipLog(signal);
        const restMs = Math.min((performance.now() - beganMs) * restAfterAnswers, longestRestMs);
        await sleep(Math.max(reportEveryMs, restMs), undefined, { signal });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  async #sendMessages(): Promise<void> {
    while (this.#unsent().length > 0) await this.#sendReport(this.#signal);
  }

  async #sendReport(signal: AbortSignal): Promise<void> {
    const progress = this.#progress;
    const body = { messages: this.#unsent(), progress, debug: null };
    const { acknowledged } = await this.#line.call('agent.report', { params: { id: this.run.runId }, body }, signal);
    this.run.acknowledgedSequence = Math.max(this.run.acknowledgedSequence, acknowledged);
    this.#progressSent = progress;
    this.#lastSentMs = performance.now();
  }

  async #shipLog(signal: AbortSignal): Promise<void> {
    this.#lastShippedMs = performance.now();
    if (this.#log.length === this.#logSent) return;
    this.#logSent = await this.#line.appendLog(this.run.runId, this.#logSent, this.#log.slice(this.#logSent), signal);
  }

  #unsent(): StatusMessage[] {
    return this.run.messages.filter(({ sequence }) => sequence > this.run.acknowledgedSequence);
  }
}

function progressOf(path: StepProgress['path'], stepName: string, done: number): StepProgress {
  const progress = { activity: 'Downloading', done: done * 100_000_000, total: 4_000_000_000, unit: 'bytes' } as const;
  const place = { path, stepName, stepNumber: (path.at(-1) ?? 0) + 1, stepCount: 10 };
  return { ...place, progress, bytesPerSecond: 100_000_000, secondsLeft: 30, runSecondsLeft: null };
}
