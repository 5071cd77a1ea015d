/** Work that takes longer than a request: a row with progress that survives a restart and can be cancelled. */
import { z } from 'zod';
import { ErrorBody } from '../errors/ostler-error.ts';
import { Id, Progress, Timestamp } from './common.ts';

export const JobKind = z.enum([
  'image-import',
  'image-create',
  'image-export',
  'content-verify',
  'boot-image-build',
  'backup',
  'collection-evaluation',
  'sealing-key-rotation',
  'retention',
]);
export type JobKind = z.output<typeof JobKind>;
export const JobState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
export type JobState = z.output<typeof JobState>;

export const Job = z.strictObject({
  id: Id,
  kind: JobKind,
  state: JobState,
  /** What it works on, for people: a file or an image's name. */
  subject: z.string(),
  progress: Progress.nullable(),
  /** What it made, for example `{ imageId }`. */
  result: z.record(z.string(), z.unknown()).nullable(),
  error: ErrorBody.nullable(),
  createdAt: Timestamp,
  startedAt: Timestamp.nullable(),
  endedAt: Timestamp.nullable(),
});
export type Job = z.output<typeof Job>;
