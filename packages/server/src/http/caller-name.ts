/** Who has changed something, as it is kept with the change. */
import type { Caller } from './handlers.ts';

export function callerName(caller: Caller): string {
  return caller.kind === 'person' ? caller.name : caller.kind;
}
