/** Reports, put together: routes, and the counting of steps that have just been done. */
import { setTimeout as sleep } from 'node:timers/promises';
import { OstlerError, type ReportDescription } from '@ostler/contract';
import { sightOfCaller } from '../access/caller.ts';
import { within } from '../access/visible.ts';
import type { HandlersOf } from '../http/handlers.ts';
import type { Site } from '../site/site.ts';
import { reports } from './definitions.ts';
import type { Report, ReportSource } from './report.ts';
import { countSomeRuns } from './step-history/count-runs.ts';

export type ReportHandlers = HandlersOf<'reports'>;
export interface ReportFeatures {
  readonly handlers: ReportHandlers;
  /** Counts what has ended, until the server stops. */
  start(): void;
  /** Settles when that has ended; `stopping` has been aborted before. */
  stop(): Promise<void>;
}

type ReportSite = Pick<Site, 'database' | 'now' | 'log' | 'stopping'>;

const countEveryMs = 5000;

export function createReportFeatures(site: ReportSite): ReportFeatures {
  let counting: Promise<void> = Promise.resolve();
  return {
    handlers: reportHandlers(site),
    start: () => {
      counting = keepCounting(site);
    },
    stop: () => counting,
  };
}

function reportHandlers({ database, now }: Pick<ReportSite, 'database' | 'now'>): ReportHandlers {
  return {
    'reports.list': () => Promise.resolve({ items: reports.map(describe) }),
    'reports.run': async ({ params: { name }, body: { parameters, limit } }, { caller }) => {
      const report = reports.find((each) => each.name === name);
      if (report === undefined) throw new OstlerError('NOT_FOUND', { kind: 'report', id: name });
      // What has just ended is in it; where very much has, the rest follows within seconds.
      await countSomeRuns(database);
      const source: ReportSource = {
        sql: database.sql,
        nowMs: now(),
        limit: limit + 1,
        within: (permission, column) => within(sightOfCaller(caller, permission), column),
        sight: (permission) => sightOfCaller(caller, permission),
      };
      const rows = await report.rows(source, parameters);
      return { name, title: report.title, columns: report.columns, rows: rows.slice(0, limit), more: rows.length > limit };
    },
  };
}

function describe({ name, title, parameters, columns, note }: Report): ReportDescription {
  return { name, title, parameters, columns, note };
}

async function keepCounting({ database, log, stopping }: ReportSite): Promise<void> {
  while (!stopping.aborted) {
    try {
      while (!stopping.aborted && (await countSomeRuns(database)) > 0) await sleep(1, undefined, { signal: stopping });
    } catch (error) {
      if (stopping.aborted) return;
      log.error({ err: error }, 'steps of runs that have ended could not be counted');
    }
    await sleep(countEveryMs, undefined, { signal: stopping, ref: false }).catch(() => undefined);
  }
}
