/** The rights of whoever calls. */
import { OstlerError, type Permission } from '@ostler/contract';
import type { Caller } from '../http/handlers.ts';
import { sightOf, type Rights, type Sight } from './rights.ts';

/** @throws OstlerError FORBIDDEN where no person calls */
export function rightsOfCaller(caller: Caller): Rights {
  if (caller.kind !== 'person') throw new OstlerError('FORBIDDEN', {});
  return caller.rights;
}

/** Whose name is kept with what they do. @throws OstlerError FORBIDDEN where no person calls */
export function nameOfCaller(caller: Caller): string {
  if (caller.kind !== 'person') throw new OstlerError('FORBIDDEN', {});
  return caller.name;
}

/** For the query of a long list: where the caller has the permission. @throws OstlerError FORBIDDEN where no person calls */
export function sightOfCaller(caller: Caller, permission: Permission): Sight {
  return sightOf(rightsOfCaller(caller), permission);
}
