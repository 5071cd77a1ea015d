/** Versions of a task sequence: how one is saved, listed, compared and taken back. */
import { z } from 'zod';
import { Id, Timestamp } from './common.ts';
import { NodePath } from './node-path.ts';
import { TaskSequence } from './task-sequence.ts';

const Version = z.number().int().positive();
const Comment = z.string().max(1000).default('');

/** What goes with a save, beside the definition. */
export const SaveTaskSequence = z.strictObject({
  comment: Comment,
  /** The version that the change was made from. When somebody saved another one meanwhile, the save is refused. */
  baseVersion: z.coerce.number().int().positive().optional(),
});
export type SaveTaskSequence = z.output<typeof SaveTaskSequence>;

export const RollBackTaskSequence = z.strictObject({ version: Version, comment: Comment, baseVersion: Version.optional() });

export const TaskSequenceVersion = TaskSequence.pick({ version: true, savedBy: true, savedAt: true, comment: true }).extend({
  savedAt: Timestamp,
});
export type TaskSequenceVersion = z.output<typeof TaskSequenceVersion>;

/** One field of a step, a group or the sequence. Null: it is not there. Secret values are shown as asterisks. */
const FieldChange = z.strictObject({ field: z.string(), before: z.string().nullable(), after: z.string().nullable() });
export type FieldChange = z.output<typeof FieldChange>;
export const TaskSequenceChange = z.strictObject({
  kind: z.enum(['added', 'removed', 'moved', 'changed']),
  /** The names on the way to the step, in the newer version unless it was removed; empty for the sequence itself. */
  where: z.string(),
  path: NodePath,
  /** A step type or `group`; null for the sequence itself. */
  type: z.string().nullable(),
  /** For what moved: the names on the way to where it was. */
  movedFrom: z.string().nullable(),
  fields: z.array(FieldChange),
});
export type TaskSequenceChange = z.output<typeof TaskSequenceChange>;
export const TaskSequenceDifference = z.strictObject({ from: Version, to: Version, changes: z.array(TaskSequenceChange) });

/** What keeps a definition from being saved. */
export const TaskSequenceProblem = z.strictObject({ path: NodePath, where: z.string(), problem: z.string() });

export const DryRunTaskSequence = z.strictObject({
  deviceId: Id,
  /** The newest where none is given. */
  version: z.number().int().positive().nullable().default(null),
});
/** A group or step as it would be met on the device: whether it runs, and why. */
export const DryRunStep = z.strictObject({
  path: NodePath,
  name: z.string(),
  type: z.string(),
  verdict: z.enum(['runs', 'skipped', 'unknown']),
  reason: z.string(),
});
