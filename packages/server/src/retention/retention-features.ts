/** Retention, put together: what is kept how long, the job that deletes the rest, and when it runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RetentionSubject, type RetentionState } from '@ostler/contract';
import { sql as raw, type RawBuilder } from 'kysely';
import type { HandlersOf } from '../http/handlers.ts';
import { isoTimeOrNull } from '../iso-time.ts';
import type { JobHandler } from '../jobs/job-handlers.ts';
import { dayMs } from '../reports/period.ts';
import type { RunLog } from '../runs/run-log.ts';
import type { Site } from '../site/site.ts';
import { keptSinceMs, retentionJob } from './retention-job.ts';

export type RetentionHandlers = HandlersOf<'retention'>;
export interface RetentionFeatures {
  readonly handlers: RetentionHandlers;
  readonly job: JobHandler<'retention'>;
  /** Asks for the job once a day, until the server stops. */
  start(): void;
  /** Settles when that has ended; `stopping` has been aborted before. */
  stop(): Promise<void>;
}

export type RetentionSite = Pick<Site, 'database' | 'auditLog' | 'now' | 'log' | 'stopping' | 'settings'> & {
  readonly jobs: Pick<Site['jobs'], 'enqueue'>;
};

const lookEveryMs = 600_000;

export function createRetentionFeatures(site: RetentionSite, runLog: Pick<RunLog, 'remove'>): RetentionFeatures {
  let looking: Promise<void> = Promise.resolve();
  const { settings, jobs } = site;
  return {
    handlers: {
      'retention.get': () => describe(site),
      'retention.update': async ({ body }) => {
        const { retention } = await settings.get();
        const given = Object.fromEntries(Object.entries(body).filter(([, days]) => days !== undefined));
        await settings.update({ retention: { ...retention, ...given } });
        return describe(site);
      },
      'retention.run': () => jobs.enqueue('retention', 'what is older than the site keeps', {}),
    },
    job: retentionJob({ ...site, runLog }),
    start: () => {
      looking = lookEachDay(site);
    },
    stop: () => looking,
  };
}

/** What there is of each kind, as the database counts it: the times of what could be deleted. */
const subjects: Readonly<Record<RetentionSubject, { readonly from: RawBuilder<unknown>; readonly at: RawBuilder<unknown> }>> = {
  messages: { from: raw`runs where messages_deleted = 0 and state <> 'running'`, at: raw`ended_at` },
  logs: { from: raw`runs where log_deleted = 0 and state <> 'running'`, at: raw`ended_at` },
  runs: { from: raw`runs where state <> 'running'`, at: raw`ended_at` },
  inventoryChanges: { from: raw`device_inventory_changes where 1 = 1`, at: raw`at` },
  statistics: { from: raw`step_histories where grouped_by = 'all'`, at: raw`cast(day as bigint) * ${raw.lit(dayMs)}` },
  audit: { from: raw`audit_entries where 1 = 1`, at: raw`at` },
};

async function describe({ database: { sql }, settings, now }: RetentionSite): Promise<RetentionState> {
  const { retention } = await settings.get();
  const described = RetentionSubject.options.map(async (subject) => {
    const keptMs = keptSinceMs(subject, retention, now());
    const { from, at } = subjects[subject];
    const { rows } = await raw<{ oldest: number | null; due: number }>`select min(${at}) as oldest,
      count(case when ${at} < ${keptMs ?? 0} then 1 end) as due from ${from}`.execute(sql);
    const [found] = rows;
    return { subject, keptSince: isoTimeOrNull(keptMs), oldest: isoTimeOrNull(found?.oldest ?? null), dueCount: found?.due ?? 0 };
  });
  return { settings: retention, subjects: await Promise.all(described), lastRunAt: isoTimeOrNull(await lastRunMs(sql)) };
}

async function lastRunMs(sql: Site['database']['sql']): Promise<number | null> {
  const query = sql.selectFrom('jobs').select((select) => select.fn.max('created_at').as('created_at'));
  return (await query.where('kind', '=', 'retention').executeTakeFirst())?.created_at ?? null;
}

/** Several servers on one database see each other's jobs. */
async function lookEachDay({ database, jobs, now, log, stopping }: RetentionSite): Promise<void> {
  while (!stopping.aborted) {
    await sleep(lookEveryMs, undefined, { signal: stopping, ref: false }).catch(() => undefined);
    if (stopping.aborted) return;
    try {
      const last = (await lastRunMs(database.sql)) ?? 0;
      if (now() - last >= dayMs) await jobs.enqueue('retention', 'what is older than the site keeps', {});
    } catch (error) {
      log.error({ err: error }, 'whether something is older than the site keeps could not be looked up');
    }
  }
}
