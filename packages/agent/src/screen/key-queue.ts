/**
 * Keys on their way to whoever waits for one. What a console sends at once, such as a pasted name, belongs together: it is kept while
 * the one who got the first key comes for the next. What comes while nobody waits is dropped: no key may answer a question that was not
 * there yet.
 */
import type { Key } from './keys.ts';

export class KeyQueue {
  #waiting: ((key: Key) => void) | null = null;
  #kept: Key[] = [];
  #isKeeping = false;

  push(key: Key): void {
    if (this.#waiting !== null) {
      this.#waiting(key);
      this.#waiting = null;
      this.#keepUntilNextTurn();
    } else if (this.#isKeeping) this.#kept.push(key);
  }

  /** @throws the signal's reason */
  next(signal: AbortSignal): Promise<Key> {
    signal.throwIfAborted();
    const kept = this.#kept.shift();
    if (kept !== undefined) return Promise.resolve(kept);
    const { promise, resolve, reject } = Promise.withResolvers<Key>();
    const onAbort = (): void => {
      if (this.#waiting === resolve) this.#waiting = null;
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting = resolve;
    return promise.finally(() => signal.removeEventListener('abort', onAbort));
  }

  /** Promises go on before that: whoever does not come by then does something else first. */
  #keepUntilNextTurn(): void {
    if (this.#isKeeping) return;
    this.#isKeeping = true;
    setImmediate(() => {
      this.#isKeeping = false;
      this.#kept = [];
    });
  }
}
