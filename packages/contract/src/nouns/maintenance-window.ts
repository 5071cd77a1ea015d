/** Maintenance windows of collections: when required deployments may begin (feature map §1.8). */
import { z } from 'zod';
import { Id, Name, Timestamp } from './common.ts';
import { LocalTime, RecurrenceRule, TimeZone } from './schedule.ts';

export const MaintenanceWindow = z.strictObject({
  id: Id,
  collectionId: Id,
  name: Name,
  /** When it first begins, by the clocks of `timeZone`. */
  startAt: LocalTime,
  timeZone: TimeZone,
  durationMinutes: z
    .number()
    .int()
    .min(1)
    .max(24 * 60 - 1),
  /** Null: it comes once. */
  recurrence: RecurrenceRule.nullable(),
});
export type MaintenanceWindow = z.output<typeof MaintenanceWindow>;
export const CreateMaintenanceWindow = MaintenanceWindow.omit({ id: true, collectionId: true }).extend({
  recurrence: RecurrenceRule.nullable().default(null),
});
export type CreateMaintenanceWindow = z.output<typeof CreateMaintenanceWindow>;
export const MaintenanceWindowParams = z.strictObject({ id: Id, windowId: Id });

/** The windows of a device, of all its collections together: those that overlap or touch are one. */
export const DeviceWindows = z.strictObject({
  /** False: none of its collections has a window, so that required deployments may begin at any time. */
  isLimited: z.boolean(),
  /** The one that is open now, and the next ones. */
  items: z.array(z.strictObject({ from: Timestamp, to: Timestamp, names: z.array(Name) })),
});
export type DeviceWindows = z.output<typeof DeviceWindows>;
