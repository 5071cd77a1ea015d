/** What an administrator wants of the run while it goes on: the server's answers say it, the engine asks for it between steps. */
import { OstlerError, type DebugOrder } from '@ostler/contract';
import { DebugDesk } from './debugger/debug-desk.ts';
import type { Log } from './log.ts';

/** What each answer to the journal and to a report says. */
export interface Wishes {
  readonly cancelRequested: boolean;
  readonly pauseRequested: boolean;
  readonly debugOrders: readonly DebugOrder[];
}

export class RunControl {
  /** What the debugger is told. */
  readonly debugDesk = new DebugDesk();
  readonly #cancel = new AbortController();
  readonly #log: Log;
  #pauseRequested: boolean;
  #wakeUp: () => void = () => undefined;

  /** @param paused the run stopped in a pause: it stays there until the server says otherwise. */
  constructor(log: Log, paused: boolean) {
    this.#log = log;
    this.#pauseRequested = paused;
  }

  /** Aborts with CANCELLED when the run is to end. */
  get cancelSignal(): AbortSignal {
    return this.#cancel.signal;
  }

  get pauseRequested(): boolean {
    return this.#pauseRequested;
  }

  hear({ cancelRequested, pauseRequested, debugOrders }: Wishes): void {
    this.debugDesk.hear(debugOrders);
    if (cancelRequested && !this.#cancel.signal.aborted) {
      this.#log.warn({}, 'an administrator cancels the run');
      this.#cancel.abort(new OstlerError('CANCELLED', {}));
    }
    if (pauseRequested !== this.#pauseRequested) this.#log.info({ pauseRequested }, 'an administrator pauses or continues the run');
    this.#pauseRequested = pauseRequested;
    if (cancelRequested || !pauseRequested) this.#wakeUp();
  }

  /** Settles when the run is to go on or to be cancelled; rejects when the signal aborts. */
  async untilContinued(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#pauseRequested || this.#cancel.signal.aborted) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    this.#wakeUp = resolve;
    await promise.finally(() => signal.removeEventListener('abort', stop));
  }
}
