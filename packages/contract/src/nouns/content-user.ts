/** What uses an image, a package or an application: where a change of it is felt, and what keeps it from being deleted. */
import { z } from 'zod';
import { Id } from './common.ts';

export const ContentUser = z.strictObject({
  kind: z.enum(['task sequence', 'deployment', 'application', 'run']),
  id: Id,
  /** Of a deployment: its task sequence and its collection; of a run: its computer. */
  name: z.string(),
  /** Of the task sequence: the newest, the one that a run has, or that a deployment is fixed to. Null: the newest, whichever that is. */
  version: z.number().int().positive().nullable(),
});
export type ContentUser = z.output<typeof ContentUser>;

/** `the task sequence Install (version 4)`. */
export function contentUserText({ kind, name, version }: ContentUser): string {
  if (kind === 'run') return `the run on ${name}`;
  return version === null ? `the ${kind} ${name}` : `the ${kind} ${name} (version ${version})`;
}
