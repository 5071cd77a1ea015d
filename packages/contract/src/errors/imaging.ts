/** Errors of the area: imaging. */
import type { ErrorEntry } from './entry.ts';

export const imagingErrors = {} as const satisfies Record<string, ErrorEntry>;
