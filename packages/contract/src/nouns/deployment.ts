/** Deployments: who gets which task sequence, when, and how far that is. */
import { z } from 'zod';
import { Id, Name, Timestamp } from './common.ts';
import { LocalTime, RecurrenceRule, TimeZone } from './schedule.ts';

/** When a deployment applies. The times are clocks of `timeZone`, in the boot environment as everywhere. */
export const DeploymentSchedule = z.strictObject({
  /** Offered from then on; null: as soon as it is made. */
  availableAt: LocalTime.nullable().default(null),
  /** A required one begins by itself from then on, and is offered in the menu before; null: as soon as it is available. */
  deadlineAt: LocalTime.nullable().default(null),
  /** No run begins from then on; null: never. */
  expiresAt: LocalTime.nullable().default(null),
  /** `device`: each device's own, its variable OSDTimeZone or else the site's time zone. */
  timeZone: z.union([z.literal('device'), TimeZone]).default('UTC'),
  /** The deadline comes again, from `deadlineAt` on; `rerun` says on which devices it then runs. */
  recurrence: RecurrenceRule.nullable().default(null),
  /** Spreads the deadline: each device has its own, always the same delay of up to this long. */
  randomizeMinutes: z.number().int().min(0).max(1440).default(0),
});
export type DeploymentSchedule = z.output<typeof DeploymentSchedule>;

/** Whether a required deployment runs again where it has run, when its deadline comes again (feature map §1.9). */
export const RerunBehaviour = z.enum(['never', 'always', 'if-failed', 'if-succeeded']);
export type RerunBehaviour = z.output<typeof RerunBehaviour>;

/**
 * Who is offered a deployment (feature map §1.9, "Make available to"). Hidden: no menu lists it; it begins where it is required, or
 * where the variable SMSTSPreferredAdvertID of the computer or one of its collections names it.
 */
export const AvailableTo = z.enum(['clients', 'clients-media-and-network-boot', 'media-and-network-boot', 'media-and-network-boot-hidden']);
export type AvailableTo = z.output<typeof AvailableTo>;

/**
 * When a deployment pauses itself: as many runs as this have failed, and they are more than this share of those that have ended. Both are
 * counted from when it was made or last resumed.
 */
export const FailureThreshold = z.strictObject({
  failures: z.number().int().min(1).max(1_000_000).default(3),
  percent: z.number().min(0).max(99).default(10),
});
export type FailureThreshold = z.output<typeof FailureThreshold>;

/** When people are told that a deployment does not go as it should. That stops nothing: pausing does. */
export const AlertThresholds = z.strictObject({
  /** Fewer of its computers than this share have succeeded at this time, a clock of the schedule's time zone (of the site's where that is each device's own). */
  success: z
    .strictObject({ percent: z.number().min(1).max(100), at: LocalTime })
    .nullable()
    .default(null),
  /** Counted as for the pause. */
  failure: FailureThreshold.nullable().default(null),
});
export type AlertThresholds = z.output<typeof AlertThresholds>;

/** A paused deployment begins nowhere; what runs goes on. */
export const DeploymentPause = z.strictObject({
  at: Timestamp,
  /** Who paused it; null: it paused itself. */
  by: z.string().nullable(),
  reason: z.string().max(500),
});
export type DeploymentPause = z.output<typeof DeploymentPause>;

export const Deployment = z.strictObject({
  id: Id,
  taskSequenceId: Id,
  taskSequenceName: Name,
  /** Pinned, or null to follow the newest. */
  taskSequenceVersion: z.number().int().positive().nullable(),
  collectionId: Id,
  collectionName: Name,
  /** required: runs by itself where it has not run; available: offered in the boot menu. */
  purpose: z.enum(['required', 'available']),
  availableTo: AvailableTo,
  paused: DeploymentPause.nullable(),
  /** null: it never pauses itself. */
  failureThreshold: FailureThreshold.nullable(),
  alerts: AlertThresholds,
  /** Its runs wait in the debugger before their first step. */
  debug: z.boolean(),
  schedule: DeploymentSchedule,
  rerun: RerunBehaviour,
  /** A required one begins outside of maintenance windows too. */
  overrideMaintenanceWindows: z.boolean(),
  /**
   * Its runs restart a computer that is in use outside of maintenance windows too; otherwise such a restart waits for the next window. It
   * concerns runs that begin by themselves in the installed system, until they first leave that; no others ever wait.
   */
  restartOutsideWindows: z.boolean(),
  /** Clients fetch its content before their run, so that it begins at once. */
  preDownload: z.boolean(),
  /** Of several that apply at once, the highest comes first; of equal ones the oldest. */
  priority: z.enum(['high', 'normal', 'low']),
  /** Why its task sequence, as it is now, is offered to no computer; null: nothing stands in its way. */
  obstacle: z.string().nullable(),
  /** Who confirmed that it is meant, although it is of high risk; null: it is not. */
  confirmedBy: z.string().nullable(),
  createdAt: Timestamp,
});
export type Deployment = z.output<typeof Deployment>;
/** Where the high-risk guard asks for it: the collection’s name, a space, and its number of devices. */
export const DeploymentConfirmation = z.string().max(200).nullable().default(null);

export const CreateDeployment = z.strictObject({
  taskSequenceId: Id,
  taskSequenceVersion: z.number().int().positive().nullable().default(null),
  collectionId: Id,
  purpose: Deployment.shape.purpose,
  /**
   * Left out: clients where the task sequence begins in the installed system, otherwise media and network boot. Nothing that clears disks
   * begins on a running computer unless that is said.
   */
  availableTo: AvailableTo.optional(),
  debug: Deployment.shape.debug.default(false),
  schedule: DeploymentSchedule.prefault({}),
  rerun: RerunBehaviour.default('never'),
  overrideMaintenanceWindows: Deployment.shape.overrideMaintenanceWindows.default(false),
  /** Left out: as `overrideMaintenanceWindows`. What begins outside of windows is in a hurry; without that, a computer in use keeps its windows. */
  restartOutsideWindows: Deployment.shape.restartOutsideWindows.optional(),
  preDownload: Deployment.shape.preDownload.default(false),
  priority: Deployment.shape.priority.default('normal'),
  failureThreshold: FailureThreshold.nullable().prefault({}),
  alerts: AlertThresholds.prefault({}),
  confirm: DeploymentConfirmation,
});
export type CreateDeployment = z.output<typeof CreateDeployment>;
/** What is not given stays as it is. */
export const UpdateDeployment = z.strictObject({
  schedule: DeploymentSchedule.optional(),
  rerun: RerunBehaviour.optional(),
  overrideMaintenanceWindows: Deployment.shape.overrideMaintenanceWindows.optional(),
  restartOutsideWindows: Deployment.shape.restartOutsideWindows.optional(),
  preDownload: Deployment.shape.preDownload.optional(),
  priority: Deployment.shape.priority.optional(),
  failureThreshold: FailureThreshold.nullable().optional(),
  /** Both thresholds: what is left out of them is taken away. */
  alerts: AlertThresholds.optional(),
});
export const PauseDeployment = z.strictObject({ reason: z.string().trim().max(500).default('') });
/** What was stopped: runs that end at their next safe point, or at once where the computer is gone. */
export const StoppedDeployment = z.strictObject({ deployment: Deployment, runCount: z.number().int().nonnegative() });

/** Required deployments that were let run again on the members of a collection. */
export const ClearedDeployments = z.strictObject({
  /** With the name of the task sequence. */
  items: z.array(z.strictObject({ id: Id, name: z.string(), deviceCount: z.number().int().positive() })),
  /** Computers where a run goes on: there nothing was changed. */
  running: z.array(z.strictObject({ deviceId: Id, deviceName: z.string() })),
});
export type ClearedDeployments = z.output<typeof ClearedDeployments>;

/** What the guard finds in a deployment that begins without a person. */
export const DeploymentRisk = z.strictObject({
  /** Why it is to be confirmed; empty: it is not. */
  reasons: z.array(z.string()),
  /** Why it cannot be made at all. */
  refusal: z.string().nullable(),
  /** What `confirm` is to be; null: nothing. */
  confirm: z.string().nullable(),
});
export type DeploymentRisk = z.output<typeof DeploymentRisk>;
