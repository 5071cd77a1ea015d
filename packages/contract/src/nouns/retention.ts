/** How long the site keeps what runs leave behind, and what people did. */
import { z } from 'zod';
import { Timestamp } from './common.ts';

const Days = z.number().int().min(0).max(36_500);
/** Nobody hides what they did by having it removed at once. */
const AuditDays = Days.refine((days) => days === 0 || days >= 30, 'the audit log is kept for 30 days at least; 0: for ever');
/** Days; 0: for ever. */
export const RetentionSettings = z.strictObject({
  /** Status messages of runs that have ended, with the outputs of their steps. */
  messagesDays: Days,
  /** Logs of agents. */
  logsDays: Days,
  /** Records of runs. What a deployment still counts, and the newest of a computer, is kept in any case. */
  runsDays: Days,
  /** What has changed of computers. Their last inventory is always kept. */
  inventoryChangesDays: Days,
  /** How long steps took and how runs ended, day by day. */
  statisticsDays: Days,
  /** Entries of the audit log. That they were removed is an entry itself. */
  auditDays: AuditDays,
});
export type RetentionSettings = z.output<typeof RetentionSettings>;
/** What is not given stays as it is. */
export const UpdateRetention = RetentionSettings.partial();
export type UpdateRetention = z.output<typeof UpdateRetention>;
export const RetentionSubject = z.enum(['messages', 'logs', 'runs', 'inventoryChanges', 'statistics', 'audit']);
export type RetentionSubject = z.output<typeof RetentionSubject>;

/** What there is of each kind. */
export const RetentionState = z.strictObject({
  settings: RetentionSettings,
  subjects: z.array(
    z.strictObject({
      subject: RetentionSubject,
      /** What is older is deleted next time; null: nothing is. */
      keptSince: Timestamp.nullable(),
      /** Of what there is. */
      oldest: Timestamp.nullable(),
      /** Runs, changes, entries or rows that the next time deletes something of. */
      dueCount: z.number().int().nonnegative(),
    }),
  ),
  lastRunAt: Timestamp.nullable(),
});
export type RetentionState = z.output<typeof RetentionState>;
