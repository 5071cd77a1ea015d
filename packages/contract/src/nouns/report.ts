/** Reports: tables that the site makes of what it knows. Which there are is the server's; what they can be asked is the same words in all. */
import { z } from 'zod';
import { Id } from './common.ts';
import { DeviceDeploymentState } from './deployment-status.ts';

/** What reports can be asked, each parameter with one meaning everywhere. */
export const ReportParameters = z.strictObject({
  deployment: Id.optional().describe('A deployment'),
  taskSequence: Id.optional().describe('A task sequence'),
  device: Id.optional().describe('A computer'),
  run: Id.optional().describe('A run'),
  since: z.iso.date().optional().describe('From this day on, as 2026-12-01 (UTC)'),
  until: z.iso.date().optional().describe('Up to this day and with it, as 2026-12-31 (UTC)'),
  step: z.string().max(200).optional().describe('A step, by its name'),
  state: DeviceDeploymentState.optional().describe('What the deployment is on the computer'),
  by: z.enum(['model', 'site']).optional().describe('Beside the whole: each model of computer, or each boundary group'),
  interval: z.enum(['day', 'week']).optional().describe('How much a row is; a week begins on Monday'),
  minutes: z.coerce.number().int().min(0).max(525_600).optional().describe('Only what took longer than so many minutes'),
});
export type ReportParameters = z.output<typeof ReportParameters>;
export const ReportParameterName = ReportParameters.keyof();
export type ReportParameterName = z.output<typeof ReportParameterName>;

/** What the values of a column are. `ms` and `bytes`: numbers; `share`: 0 to 1; `time`: ISO 8601 UTC. */
export const ReportUnit = z.enum(['text', 'count', 'ms', 'bytes', 'share', 'time']);
export type ReportUnit = z.output<typeof ReportUnit>;
export const ReportColumn = z.strictObject({ key: z.string(), title: z.string(), unit: ReportUnit });
export type ReportColumn = z.output<typeof ReportColumn>;

export const ReportDescription = z.strictObject({
  name: z.string(),
  title: z.string(),
  parameters: z.array(z.strictObject({ name: ReportParameterName, required: z.boolean(), text: z.string() })),
  columns: z.array(ReportColumn),
  /** What people should know of it beside its title; empty: nothing. */
  note: z.string(),
});
export type ReportDescription = z.output<typeof ReportDescription>;

export const ReportCell = z.union([z.string(), z.number(), z.null()]);
export type ReportCell = z.output<typeof ReportCell>;
export const RunReport = z.strictObject({
  parameters: ReportParameters.prefault({}),
  limit: z.number().int().min(1).max(100_000).default(1000),
});
/** `more`: there are more rows than were asked for. */
export const ReportResult = z.strictObject({
  name: z.string(),
  title: z.string(),
  columns: z.array(ReportColumn),
  rows: z.array(z.record(z.string(), ReportCell)),
  more: z.boolean(),
});
export type ReportResult = z.output<typeof ReportResult>;
