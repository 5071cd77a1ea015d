/** Content that clients fetch before the runs that need it: what the site wants on a computer, and how far it is there. */
import { z } from 'zod';
import { Id, Sha256, SizeBytes, Timestamp } from './common.ts';

/** The content of a deployment that a computer is to have before its run. Not strict, as the policy that it is a part of. */
export const PreDownload = z.object({
  deploymentId: Id,
  /** Another one as soon as the content is. */
  contentHash: Sha256,
  content: z.array(z.object({ sha256: Sha256, sizeBytes: SizeBytes })),
  /** False while the deployment is paused: what is there stays, and nothing is fetched. */
  fetch: z.boolean(),
  /** A client begins at a moment of its own within so long, so that a fleet does not begin together. */
  startWithinSeconds: z.number().nonnegative(),
});
export type PreDownload = z.output<typeof PreDownload>;

/** How far a client is with each deployment that the site has named to it: all of them, so that what is left out is nothing any more. */
export const ReportPreDownloads = z.strictObject({
  preDownloads: z
    .array(
      z.strictObject({
        deploymentId: Id,
        contentHash: Sha256,
        receivedBytes: SizeBytes,
        /** What keeps it from the rest; null: nothing does. */
        problem: z.string().max(500).nullable(),
      }),
    )
    .max(200),
});
export type ReportPreDownloads = z.output<typeof ReportPreDownloads>;

/** Of the computers that wait for their run; one that has begun it is not among them any more. */
export const PreDownloadStatus = z.strictObject({
  /** Of all the content, as it is now. */
  totalBytes: SizeBytes,
  /** Computers that have all of it. */
  completeCount: z.number().int().nonnegative(),
  /** Computers that have a part of it. */
  begunCount: z.number().int().nonnegative(),
  /** Computers that something keeps from the rest of it. */
  problemCount: z.number().int().nonnegative(),
  /** Of the page of devices, those that have told how far they are. */
  devices: z.array(z.strictObject({ deviceId: Id, receivedBytes: SizeBytes, problem: z.string().nullable(), reportedAt: Timestamp })),
});
export type PreDownloadStatus = z.output<typeof PreDownloadStatus>;
