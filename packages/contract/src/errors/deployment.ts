/** Errors of the area: deployment. */
import type { ErrorEntry } from './entry.ts';

export const deploymentErrors = {} as const satisfies Record<string, ErrorEntry>;
