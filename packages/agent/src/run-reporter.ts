/**
 * Keeps the server informed while the run goes on: status messages, progress and the log, again and again, whatever the network
 * does. By itself it never holds the run up; who needs the server to know waits for `flush` or `sendMessages`.
 */
import { setTimeout } from 'node:timers/promises';
import { askedToWaitMs, type DebugView, type StepProgress } from '@ostler/contract';
import type { Log } from './log.ts';
import type { LogShipper } from './log-shipper.ts';
import type { MessageSpool } from './message-spool.ts';
import type { RunControl } from './run-control.ts';
import type { ServerLink } from './server-link.ts';

export interface ReporterOptions {
  readonly runId: string;
  readonly link: Pick<ServerLink, 'call'>;
  readonly spool: MessageSpool;
  readonly shipper: LogShipper;
  readonly control: Pick<RunControl, 'hear'>;
  readonly log: Log;
  readonly intervalMs: number;
  /** The log goes in larger pieces than messages and progress: nobody waits for its lines. */
  readonly logIntervalMs: number;
  /** Without anything new the server still hears so often that the agent is alive, and says what is wanted of the run. */
  readonly heartbeatMs: number;
}

/** So many times as long as the server needed for its answers it is left alone afterwards: one that is slow is asked less. */
const restAfterAnswers = 4;
const longestRestMs = 15_000;

export class RunReporter {
  readonly #options: ReporterOptions;
  #progress: StepProgress | null = null;
  #progressSent: StepProgress | null = null;
  #debugView: DebugView | null = null;
  #debugViewSent: DebugView | null = null;
  #lastSentMs = 0;
  #lastShippedMs = Number.NEGATIVE_INFINITY;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  setProgress(progress: StepProgress | null): void {
    this.#progress = progress;
  }

  /** What the debugger shows while the run waits in it; null: it does not. Meanwhile each round asks the server what it is told. */
  setDebugView(view: DebugView | null): void {
    this.#debugView = view;
  }

  /** Runs until the signal aborts. */
  async keepReporting(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const restMs = await this.#round(signal);
      await setTimeout(Math.max(this.#options.intervalMs, restMs), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Everything that is there now reaches the server, or the patience ends with its error. */
  async flush(signal: AbortSignal, patienceMs: number): Promise<void> {
    await this.sendMessages(signal, patienceMs);
    await this.#options.shipper.ship(signal, patienceMs);
  }

  /** The server has every status message that is there now, or the patience ends with its error. */
  async sendMessages(signal: AbortSignal, patienceMs: number): Promise<void> {
    while (!this.#options.spool.isEmpty) await this.#sendReport(signal, patienceMs);
  }

  /** @returns how long the server is to be left alone at least */
  async #round(signal: AbortSignal): Promise<number> {
    const beganMs = performance.now();
    try {
      await this.#sendWhatIsNew(signal, 0);
      return Math.min((performance.now() - beganMs) * restAfterAnswers, longestRestMs);
    } catch (error) {
      // The network is away, or the server refuses: the next round tries again, and the messages stay.
      if (!signal.aborted) this.#options.log.warn({ err: error }, 'the server could not be informed');
      return askedToWaitMs(error);
    }
  }

  async #sendWhatIsNew(signal: AbortSignal, patienceMs: number): Promise<void> {
    const isDue = this.#debugView !== null || performance.now() - this.#lastSentMs > this.#options.heartbeatMs;
    if (isDue || !this.#options.spool.isEmpty || this.#progress !== this.#progressSent) await this.#sendReport(signal, patienceMs);
    if (performance.now() - this.#lastShippedMs < this.#options.logIntervalMs) return;
    await this.#options.shipper.ship(signal, patienceMs);
    this.#lastShippedMs = performance.now();
  }

  async #sendReport(signal: AbortSignal, patienceMs: number): Promise<void> {
    const { link, spool, runId: id } = this.#options;
    const progress = this.#progress;
    const debug = this.#debugView;
    const body = { messages: spool.batch(), progress, debug: debug === this.#debugViewSent ? null : debug };
    const answer = await link.call('agent.report', { params: { id }, body }, { signal, patienceMs });
    this.#progressSent = progress;
    this.#debugViewSent = debug;
    this.#lastSentMs = performance.now();
    await spool.acknowledge(answer.acknowledged);
    this.#options.control.hear(answer);
  }
}
