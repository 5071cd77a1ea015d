/** What an administrator wants of the run while it goes on: the server's answers say it, the engine asks for it between steps. */
import { OstlerError, type DebugOrder, type EngineState, type WindowWait } from '@ostler/contract';
import { DebugDesk } from './debugger/debug-desk.ts';
import type { Log } from './log.ts';

/** What each answer to the journal and to a report says. */
export interface Wishes {
  readonly cancelRequested: boolean;
  readonly pauseRequested: boolean;
  readonly restartHold: WindowWait | null;
  readonly debugOrders: readonly DebugOrder[];
}

export class RunControl {
  /** What the debugger is told. */
  readonly debugDesk = new DebugDesk();
  readonly #cancel = new AbortController();
  readonly #log: Log;
  #pauseRequested: boolean;
  #restartHold: WindowWait | null;
  #heard: () => void = () => undefined;

  /** @param kept the run may have stopped in a pause, or before a restart: it stays there until the server says otherwise. */
  constructor(log: Log, kept: Pick<EngineState, 'paused' | 'heldRestart'> | null) {
    this.#log = log;
    this.#pauseRequested = kept?.paused ?? false;
    this.#restartHold = kept?.heldRestart ?? null;
  }

  /** Aborts with CANCELLED when the run is to end. */
  get cancelSignal(): AbortSignal {
    return this.#cancel.signal;
  }

  get pauseRequested(): boolean {
    return this.#pauseRequested;
  }

  get restartHold(): WindowWait | null {
    return this.#restartHold;
  }

  hear({ cancelRequested, pauseRequested, restartHold, debugOrders }: Wishes): void {
    this.debugDesk.hear(debugOrders);
    if (cancelRequested && !this.#cancel.signal.aborted) {
      this.#log.warn({}, 'an administrator cancels the run');
      this.#cancel.abort(new OstlerError('CANCELLED', {}));
    }
    if (pauseRequested !== this.#pauseRequested) this.#log.info({ pauseRequested }, 'an administrator pauses or continues the run');
    this.#pauseRequested = pauseRequested;
    this.#restartHold = restartHold;
    this.#heard();
  }

  /** Settles when the run is to go on or to be cancelled; rejects when the signal aborts. */
  async untilContinued(signal: AbortSignal): Promise<void> {
    await this.#until(() => !this.#pauseRequested || this.#cancel.signal.aborted, signal);
  }

  /**
   * Settles when the run is to be paused or cancelled, or when the server says something else of restarts; rejects when the signal aborts.
   * @param from what the engine has been told: the server may have said something else since, while that was saved
   */
  async untilRestartHoldDiffers(from: WindowWait, signal: AbortSignal): Promise<void> {
    const isOther = (): boolean => this.#restartHold?.until !== from.until;
    await this.#until(() => isOther() || this.#pauseRequested || this.#cancel.signal.aborted, signal);
  }

  /** One waits at a time: the engine. */
  async #until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (!isSo()) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const stop = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', stop, { once: true });
      this.#heard = resolve;
      await promise.finally(() => signal.removeEventListener('abort', stop));
    }
  }
}
