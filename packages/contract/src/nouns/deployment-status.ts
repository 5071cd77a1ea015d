/** How far a deployment is: on how many devices, on each of them, and what goes wrong. */
import { z } from 'zod';
import { Id, PageQuery } from './common.ts';
import { Deployment } from './deployment.ts';
import { PreDownloadStatus } from './pre-download.ts';
import { Run } from './run.ts';

/**
 * What a deployment is on a device (feature map §9.1). requirements-not-met: it is blocked, or waits for approval; waiting: it has been seen
 * since the deployment was made, and has not run it; unknown: it has not been seen since.
 */
export const DeviceDeploymentState = z.enum(['running', 'failed', 'cancelled', 'succeeded', 'requirements-not-met', 'waiting', 'unknown']);
export type DeviceDeploymentState = z.output<typeof DeviceDeploymentState>;

export const DeploymentStatusQuery = PageQuery.extend({ state: DeviceDeploymentState.optional() });

/** Runs that failed with the same error at the same step. */
export const FailureGroup = z.strictObject({
  code: z.string(),
  stepName: z.string(),
  /** Of one of them. */
  message: z.string(),
  hint: z.string().nullable(),
  deviceCount: z.number().int().positive(),
  /** Of some of them. */
  deviceNames: z.array(z.string()),
});
export type FailureGroup = z.output<typeof FailureGroup>;

export const DeploymentStatus = z.strictObject({
  deployment: Deployment,
  counts: z.record(DeviceDeploymentState, z.number().int().nonnegative()),
  /** The most frequent first. */
  failures: z.array(FailureGroup),
  /** By name; a page of those that were asked for. `run` is the newest. */
  devices: z.array(z.strictObject({ deviceId: Id, deviceName: z.string(), state: DeviceDeploymentState, run: Run.nullable() })),
  /** How far its content is on computers before their runs; null: it is fetched when a run needs it. */
  preDownload: PreDownloadStatus.nullable(),
  /** What the next page is asked for with; null: this is the last one. */
  next: z.string().nullable(),
});
export type DeploymentStatus = z.output<typeof DeploymentStatus>;
