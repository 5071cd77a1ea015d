/**
 * What happens at a site that others are told of: the kinds of events with what each says. It names computers, objects and results; never
 * variables, outputs or messages of programs, so that no secret leaves the site this way.
 */
import { z } from 'zod';
import { ErrorBody } from '../errors/ostler-error.ts';
import { AlertFigure, AlertKind } from './alert.ts';
import { Id, Timestamp } from './common.ts';
import { JobKind } from './job.ts';

const run = z.strictObject({
  id: Id,
  deploymentId: Id,
  deviceId: Id,
  deviceName: z.string(),
  taskSequenceId: Id,
  taskSequenceName: z.string(),
  taskSequenceVersion: z.number().int().positive(),
});
const deployment = z.strictObject({ id: Id, taskSequenceName: z.string(), collectionId: Id, collectionName: z.string() });
const Count = z.number().int().nonnegative();

const AboutRun = z.strictObject({ run });
const AboutFailedRun = z.strictObject({
  run,
  /** The step that failed, and the code of the error; null where the run ended without one. */
  failure: z.strictObject({ stepName: z.string(), code: z.string(), exitCode: z.number().int().nullable() }).nullable(),
});
const AboutPause = z.strictObject({
  deployment,
  reason: z.string(),
  /** Who paused it; null: too many runs have failed. */
  by: z.string().nullable(),
});
const AboutAlert = z.strictObject({ deployment, alert: z.strictObject({ id: Id, kind: AlertKind, ...AlertFigure.shape }) });
const AboutEnd = z.strictObject({ deployment, succeeded: Count, failed: Count, cancelled: Count });
const AboutDevice = z.strictObject({ device: z.strictObject({ id: Id, name: z.string() }) });
const AboutPoint = z.strictObject({
  distributionPoint: z.strictObject({ id: Id, name: z.string() }),
  /** When it was heard of last, before this. */
  lastSeenAt: Timestamp.nullable(),
});
const AboutJob = z.strictObject({
  job: z.strictObject({ id: Id, kind: JobKind, subject: z.string() }),
  /** The code of the error; null where there is none. */
  code: z.string().nullable(),
});

/** Every kind of event: when it happens, and the shape of what it says. */
export const eventKinds = {
  'run.begun': { summary: 'A run has begun on a computer', data: AboutRun },
  'run.succeeded': { summary: 'A run has succeeded', data: AboutRun },
  'run.failed': { summary: 'A run has failed', data: AboutFailedRun },
  'run.cancelled': { summary: 'A run was cancelled and has ended', data: AboutRun },
  'deployment.paused': { summary: 'A deployment has paused itself, or was paused by a person', data: AboutPause },
  'deployment.finished': { summary: 'The last computer of a required deployment has ended its run', data: AboutEnd },
  'deployment.alert-raised': {
    summary: 'Too few computers of a deployment have succeeded, or too many runs have failed',
    data: AboutAlert,
  },
  'deployment.alert-cleared': { summary: 'What an alert said is true no more', data: AboutAlert },
  'device.waiting': { summary: 'An unknown computer waits for approval', data: AboutDevice },
  'device.approved': { summary: 'A computer that waited was approved', data: AboutDevice },
  'distribution-point.lost': { summary: 'A distribution point was not heard of for two minutes', data: AboutPoint },
  'distribution-point.found': { summary: 'A distribution point that was lost is heard of again', data: AboutPoint },
  'backup.succeeded': { summary: 'A backup of the site is written', data: AboutJob },
  'backup.failed': { summary: 'A backup of the site has failed', data: AboutJob },
  'job.failed': { summary: 'Another job of the server has failed: an import, a build, a verification', data: AboutJob },
} as const satisfies Readonly<Record<string, { readonly summary: string; readonly data: z.ZodType }>>;

export type EventKind = keyof typeof eventKinds;
export type EventData<K extends EventKind> = z.output<(typeof eventKinds)[K]['data']>;
// Safe: the keys of the table, of which there are some.
export const EventKind = z.enum(Object.keys(eventKinds) as [EventKind, ...EventKind[]]);

/** What is told of an event: the body of a webhook. */
export const EventMessage = z.strictObject({
  type: z.union([EventKind, z.literal('test')]),
  /** When it happened. */
  timestamp: Timestamp,
  /** As the table of the kinds says. */
  data: z.record(z.string(), z.unknown()),
});
export type EventMessage = z.output<typeof EventMessage>;

/** Which events somebody is told of. */
export const subscriptionFields = {
  /** null: every kind, those of later versions too. */
  events: z.array(EventKind).min(1).nullable(),
  /**
   * Only what concerns computers in these collections, and deployments to them; null: everything. Where it is not null, nothing is told of
   * the site itself: jobs, backups, distribution points.
   */
  collectionIds: z.array(Id).min(1).max(100).nullable(),
  /** Nothing is noted for one that is not enabled. */
  enabled: z.boolean(),
} as const;

/** waiting: it is sent, or sent again, at `nextAttemptAt`; given-up: it is not sent any more. */
export const DeliveryState = z.enum(['waiting', 'delivered', 'given-up']);
export type DeliveryState = z.output<typeof DeliveryState>;

/** One event on its way to one receiver. */
export const Delivery = z.strictObject({
  /** What the receiver knows it by: the same at every attempt. */
  id: Id,
  event: EventMessage.shape.type,
  /** When it happened. */
  eventAt: Timestamp,
  state: DeliveryState,
  attempts: Count,
  lastAttemptAt: Timestamp.nullable(),
  nextAttemptAt: Timestamp.nullable(),
  /** How the last attempt failed; null where it did not. */
  error: ErrorBody.nullable(),
});
export type Delivery = z.output<typeof Delivery>;
export const DeliveryQuery = z.strictObject({
  state: DeliveryState.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
export type DeliveryQuery = z.output<typeof DeliveryQuery>;
