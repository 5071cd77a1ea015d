/** Errors of the area: boot. */
import type { ErrorEntry } from './entry.ts';

export const bootErrors = {} as const satisfies Record<string, ErrorEntry>;
