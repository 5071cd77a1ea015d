/** The span of the request that is being answered: what is made meanwhile, and goes on after the answer, can say where it came from. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { SpanPlace } from './span.ts';

export interface CurrentSpan {
  /** Whatever the work begins, also what it waits for, is of this span. */
  run(place: SpanPlace, work: () => void): void;
  /** null: no request is being answered here. */
  get(): SpanPlace | null;
}

export function createCurrentSpan(): CurrentSpan {
  const storage = new AsyncLocalStorage<SpanPlace>();
  return { run: (place, work) => storage.run(place, work), get: () => storage.getStore() ?? null };
}
