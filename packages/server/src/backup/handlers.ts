/** The route and the job of backups. */
import type { HandlersOf } from '../http/handlers.ts';
import type { JobHandler, JobQueue } from '../jobs/job-handlers.ts';
import { createBackup, type BackupSources } from './create-backup.ts';

export function backupHandlers(jobs: JobQueue): HandlersOf<'backups'> {
  return { 'backups.create': ({ body }) => jobs.enqueue('backup', body.path, body) };
}

export function backupJob(sources: BackupSources): JobHandler<'backup'> {
  return (payload, { signal, report }) => createBackup(sources, payload, { signal, report });
}
