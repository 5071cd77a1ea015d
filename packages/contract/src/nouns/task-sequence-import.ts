/** Import of task sequences of Configuration Manager and MDT: what is given, and what became of each step. */
import { z } from 'zod';
import { Id, Name } from './common.ts';
import { NodePath } from './node-path.ts';
import { TaskSequence, TaskSequenceDefinition } from './task-sequence.ts';

export const ImportTaskSequence = z.strictObject({
  /** For messages only: what the file is, is read from its content. */
  fileName: z.string().max(255),
  /** The exported XML, MDT's ts.xml, or the exported zip. */
  contentBase64: z.base64(),
  /** Which one, when the zip holds several. */
  sequence: z.string().max(255).optional(),
  /** Its name here, instead of the one it had. */
  name: Name.optional(),
  /** Images, packages and task sequences of this site for ids there: `{"ABC00012": "image-…"}`. */
  references: z.record(z.string().max(255), Id).default({}),
  /** False only shows what would be saved. */
  save: z.boolean().default(true),
});
export type ImportTaskSequence = z.output<typeof ImportTaskSequence>;

export const ImportDecision = z.strictObject({
  /** Of the step or group; empty for the sequence itself. */
  path: NodePath,
  /** The names on the way to the step or group; empty for the sequence itself. */
  where: z.string(),
  originalType: z.string(),
  /** The step type it has here, `group`, or `variable`. */
  becomes: z.string(),
  /** disabled: it has a reason not to run here. What was disabled before stays so and counts as kept. */
  decision: z.enum(['kept', 'changed', 'disabled']),
  /** What changed, and why it was disabled. */
  notes: z.array(z.string()),
});
export type ImportDecision = z.output<typeof ImportDecision>;

export const ImportedTaskSequence = z.strictObject({
  /** Null when it was not saved. */
  taskSequence: TaskSequence.omit({ definition: true }).nullable(),
  definition: TaskSequenceDefinition,
  decisions: z.array(ImportDecision),
});
