/** Where instructions to the debugger arrive, from the site and from the keys of this computer, and wait to be taken in order. */
import type { DebugCommand, DebugOrder } from '@ostler/contract';
import type { DebugInstruction } from '@ostler/task-sequence';

export class DebugDesk {
  #arrived: DebugInstruction[] = [];
  #lastHeard = 0;
  #wakeUp: () => void = () => undefined;

  /** The site tells each order again and again until the journal calls it settled. */
  hear(orders: readonly DebugOrder[]): void {
    for (const order of orders.filter(({ number }) => number > this.#lastHeard)) {
      this.#arrived.push(order);
      this.#lastHeard = order.number;
    }
    if (this.#arrived.length > 0) this.#wakeUp();
  }

  /** From a person at this computer. */
  tell(command: DebugCommand): void {
    this.#arrived.push({ number: null, command });
    this.#wakeUp();
  }

  take(): DebugInstruction | null {
    return this.#arrived.shift() ?? null;
  }

  /** Settles when there is something to take, or when `over` aborts; rejects when the signal aborts. */
  async untilTold(over: AbortSignal, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#arrived.length > 0 || over.aborted) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = (): void => reject(signal.reason as Error);
    const end = (): void => resolve();
    signal.addEventListener('abort', stop, { once: true });
    over.addEventListener('abort', end, { once: true });
    this.#wakeUp = end;
    await promise.finally(() => {
      signal.removeEventListener('abort', stop);
      over.removeEventListener('abort', end);
    });
  }
}
