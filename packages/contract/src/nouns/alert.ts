/** Alerts: what people are told of a deployment that does not go as it should (feature map §1.9, §9.1). When they are raised: AlertThresholds. */
import { z } from 'zod';
import { Id, Timestamp } from './common.ts';

export const AlertKind = z.enum(['too-few-succeeded', 'too-many-failed']);
export type AlertKind = z.output<typeof AlertKind>;

/** What was counted when it was raised. */
export const AlertFigure = z.strictObject({
  /** Computers that have succeeded, or runs that have failed … */
  count: z.number().int().nonnegative(),
  /** … of the computers that it is for, or of the runs that have ended. */
  of: z.number().int().nonnegative(),
  /** Of the threshold that it has passed. */
  percent: z.number(),
});
export type AlertFigure = z.output<typeof AlertFigure>;

const sentences: Readonly<Record<AlertKind, (figure: AlertFigure) => string>> = {
  'too-few-succeeded': ({ count, of, percent }) => `only ${count} of ${of} computers had succeeded, less than ${percent} %`,
  'too-many-failed': ({ count, of, percent }) => `${count} of ${of} runs had failed, more than ${percent} %`,
};

/** What was counted, as people read it. */
export function alertText({ kind, ...figure }: AlertFigure & { readonly kind: AlertKind }): string {
  return sentences[kind](figure);
}

/** Of one kind a deployment has one at most that is not cleared; of those that are, the newest are kept. */
export const Alert = z.strictObject({
  id: Id,
  deploymentId: Id,
  taskSequenceName: z.string(),
  collectionName: z.string(),
  kind: AlertKind,
  ...AlertFigure.shape,
  raisedAt: Timestamp,
  /** Somebody has seen it; it stays until it is cleared. */
  acknowledged: z.strictObject({ at: Timestamp, by: z.string() }).nullable(),
  /** When what it says was true no more; null: it still is. */
  clearedAt: Timestamp.nullable(),
});
export type Alert = z.output<typeof Alert>;

export const AlertQuery = z.strictObject({
  /** open: those that are not cleared. */
  state: z.enum(['open', 'all']).default('open'),
  deploymentId: Id.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
export type AlertQuery = z.output<typeof AlertQuery>;
export const AlertParams = z.strictObject({ id: Id, alertId: Id });
