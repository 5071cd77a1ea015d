/** One append to a file at a time. A newer one takes the place of one that still runs: its client has lost the connection and is back. */

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<unknown>;
}

export class AppendTurns {
  readonly #running = new Map<string, Running>();

  isTaken(id: string): boolean {
    return this.#running.has(id);
  }

  /** Stops the append that runs, where one does. */
  end(id: string): void {
    this.#running.get(id)?.stop.abort();
  }

  /** Begins when the append before it has ended, which is told to. */
  async take<T>(id: string, append: (stop: AbortSignal) => Promise<T>): Promise<T> {
    const before = this.#running.get(id);
    before?.stop.abort();
    const stop = new AbortController();
    const appending = (before?.ended ?? Promise.resolve()).then(() => append(stop.signal));
    const mine = { stop, ended: appending.catch(() => undefined) };
    this.#running.set(id, mine);
    try {
      return await appending;
    } finally {
      if (this.#running.get(id) === mine) this.#running.delete(id);
    }
  }
}
