/** Errors of the area: content. */
import type { ErrorEntry } from './entry.ts';

export const contentErrors = {} as const satisfies Record<string, ErrorEntry>;
