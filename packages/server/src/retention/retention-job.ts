/** The job that deletes what is older than the site keeps: in rising order of what it costs to lose, some at a time, so that the site answers meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RetentionSettings, RetentionSubject } from '@ostler/contract';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Database } from '../database/database.ts';
import type { JobHandler } from '../jobs/job-handlers.ts';
import { dayMs } from '../reports/period.ts';
import { countSomeRuns } from '../reports/step-history/count-runs.ts';
import type { RunLog } from '../runs/run-log.ts';
import { deleteInventoryChanges, deleteLogs, deleteMessages, deleteRuns, deleteStatistics } from './retention-store.ts';

export interface RetentionDependencies {
  readonly database: Database;
  readonly auditLog: Pick<AuditLog, 'removeBefore'>;
  readonly runLog: Pick<RunLog, 'remove'>;
  readonly settings: { get(): Promise<{ readonly retention: RetentionSettings }> };
  readonly now: () => number;
}

/** Deletes one batch of what is older. @returns how much it deleted; 0: there is nothing more */
type DeleteBatch = (dependencies: RetentionDependencies, beforeMs: number) => Promise<number>;

/** Each kind with how it is deleted, in the order that it is done. */
const kinds: Readonly<Record<RetentionSubject, DeleteBatch>> = {
  messages: ({ database }, beforeMs) => deleteMessages(database, beforeMs),
  logs: ({ database, runLog }, beforeMs) => deleteLogs(database, beforeMs, runLog.remove),
  runs: ({ database, runLog }, beforeMs) => deleteRuns(database, beforeMs, runLog.remove),
  inventoryChanges: ({ database }, beforeMs) => deleteInventoryChanges(database, beforeMs),
  statistics: ({ database }, beforeMs) => deleteStatistics(database, beforeMs),
  audit: ({ auditLog }, beforeMs) => auditLog.removeBefore(beforeMs),
};

/** Between two batches others have their turn. */
const breathMs = 20;

/** From when on a kind is kept, in milliseconds since 1970; null: for ever. */
export function keptSinceMs(subject: RetentionSubject, retention: RetentionSettings, nowMs: number): number | null {
  const days = retention[`${subject}Days`];
  return days === 0 ? null : nowMs - days * dayMs;
}

/** Interrupted anywhere it goes on where it was: what is deleted is not there any more. */
export function retentionJob(dependencies: RetentionDependencies): JobHandler<'retention'> {
  return async (_payload, { signal, report }) => {
    const { database, settings, now } = dependencies;
    const { retention } = await settings.get();
    while ((await countSomeRuns(database)) > 0) await sleep(breathMs, undefined, { signal });
    const deleted: Record<string, number> = {};
    // Safe: the keys of the table are the subjects.
    for (const subject of Object.keys(kinds) as RetentionSubject[]) {
      const beforeMs = keptSinceMs(subject, retention, now());
      deleted[subject] = 0;
      if (beforeMs === null) continue;
      for (let batch = -1; batch !== 0;) {
        signal.throwIfAborted();
        batch = await kinds[subject](dependencies, beforeMs);
        deleted[subject] += batch;
        report({ activity: `Deleting old ${words[subject]}`, done: deleted[subject], total: null, unit: 'files' });
        await sleep(breathMs, undefined, { signal });
      }
    }
    return deleted;
  };
}

const words: Readonly<Record<RetentionSubject, string>> = {
  messages: 'status messages, by run',
  logs: 'logs',
  runs: 'run records',
  inventoryChanges: 'changes of inventories',
  statistics: 'statistics',
  audit: 'entries of the audit log',
};
