/** Routes that the client of an installed system alone may call. */
import { OstlerError } from '@ostler/contract';
import type { Caller } from '../http/handlers.ts';

/** @throws OstlerError FORBIDDEN for any other caller */
export function requireClient(caller: Caller): Extract<Caller, { kind: 'client' }> {
  if (caller.kind !== 'client') throw new OstlerError('FORBIDDEN', {});
  return caller;
}
