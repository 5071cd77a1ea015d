/** Routes of jobs. */
import { OstlerError } from '@ostler/contract';
import type { HandlersOf } from '../http/handlers.ts';
import type { JobRunner } from './job-runner.ts';
import { asJob, type JobStore } from './job-store.ts';

export function jobHandlers(store: JobStore, runner: JobRunner): HandlersOf<'jobs'> {
  return {
    'jobs.list': async ({ query }) => ({ items: (await store.list(query)).map(asJob) }),
    'jobs.get': async ({ params: { id } }) => {
      const row = await store.get(id);
      if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'job', id });
      return asJob(row);
    },
    'jobs.cancel': ({ params: { id } }, { signal }) => runner.cancel(id, signal),
  };
}
