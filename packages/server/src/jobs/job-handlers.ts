/** What a job of each kind gets and makes. The runner (queue, progress, restart, cancel) is job-runner.ts. */
import type { Job, JobKind, Progress } from '@ostler/contract';
import type { Logger } from 'pino';

/** What a job was asked to do, by kind: kept as JSON in its row, so that it survives a restart of the server. */
export interface JobPayloads {
  'image-import': { readonly name: string; readonly description: string; readonly path: string | null; readonly uploadId: string | null };
  'image-create': {
    readonly name: string;
    readonly distribution: string;
    readonly suite: string;
    readonly architecture: string;
    readonly extraPackages: readonly string[];
    readonly mirror: string | null;
  };
  'image-export': { readonly imageId: string; readonly index: number; readonly path: string };
  'content-verify': Readonly<Record<string, never>>;
  'boot-image-build': { readonly options: unknown; readonly force: boolean };
  backup: { readonly path: string; readonly includeContent: boolean };
  'collection-evaluation': { readonly collectionId: string | null };
  'sealing-key-rotation': { readonly from: string };
  retention: Readonly<Record<string, never>>;
}

export interface JobContext {
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Cheap to call often: the runner writes at most a few times a second. */
  readonly report: (progress: Progress) => void;
}
/**
 * Runs one job to its end and answers its result (`{ imageId }`). It may be run again from the start after a crash of the
 * server, so it leaves nothing half-done behind that a second run would trip over.
 */
export type JobHandler<K extends JobKind> = (payload: JobPayloads[K], context: JobContext) => Promise<Readonly<Record<string, unknown>>>;
export type JobHandlers = { readonly [K in JobKind]: JobHandler<K> };

/** The part of the runner that features need. */
export interface JobQueue {
  enqueue<K extends JobKind>(kind: K, subject: string, payload: JobPayloads[K]): Promise<Job>;
}
