/** Where something is in a task sequence, and what failed there. */
import { z } from 'zod';
import { ErrorBody } from '../errors/ostler-error.ts';

/** Where a node is in its sequence: `[1, 0]` is the first node of the second top-level group. */
export const NodePath = z.array(z.number().int().nonnegative());
export type NodePath = z.output<typeof NodePath>;
export const Failure = z.strictObject({ path: NodePath, stepName: z.string(), exitCode: z.number().int().nullable(), error: ErrorBody });
export type Failure = z.output<typeof Failure>;
