/** What the site knows of its runs afterwards, put together: reports, and how long what they are made from is kept. */
import { createReportFeatures, type ReportHandlers } from '../reports/report-features.ts';
import type { RunLog } from '../runs/run-log.ts';
import { createRetentionFeatures, type RetentionFeatures, type RetentionHandlers, type RetentionSite } from './retention-features.ts';

export type MonitoringHandlers = ReportHandlers & RetentionHandlers;
export interface MonitoringFeatures {
  readonly handlers: MonitoringHandlers;
  readonly retentionJob: RetentionFeatures['job'];
  start(): void;
  /** Settles when what was started has ended; `stopping` has been aborted before. */
  stop(): Promise<void>;
}

export function createMonitoringFeatures(site: RetentionSite, runLog: Pick<RunLog, 'remove'>): MonitoringFeatures {
  const [reports, retention] = [createReportFeatures(site), createRetentionFeatures(site, runLog)];
  return {
    handlers: { ...reports.handlers, ...retention.handlers },
    retentionJob: retention.job,
    start: () => {
      reports.start();
      retention.start();
    },
    stop: async () => void (await Promise.all([reports.stop(), retention.stop()])),
  };
}
