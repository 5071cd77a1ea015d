/** What the site knows of its runs, put together: alerts, reports, and how long what they are made from is kept. */
import { createAlertFeatures, type AlertHandlers } from '../alerts/alert-features.ts';
import { createReportFeatures, type ReportHandlers } from '../reports/report-features.ts';
import type { RunLog } from '../runs/run-log.ts';
import type { Site } from '../site/site.ts';
import { createRetentionFeatures, type RetentionFeatures, type RetentionHandlers, type RetentionSite } from './retention-features.ts';

export type MonitoringHandlers = AlertHandlers & ReportHandlers & RetentionHandlers;
export interface MonitoringFeatures {
  readonly handlers: MonitoringHandlers;
  readonly retentionJob: RetentionFeatures['job'];
  start(): void;
  /** Settles when what was started has ended; `stopping` has been aborted before. */
  stop(): Promise<void>;
}

export function createMonitoringFeatures(site: RetentionSite & Pick<Site, 'settings'>, runLog: Pick<RunLog, 'remove'>): MonitoringFeatures {
  const [alerts, reports, retention] = [createAlertFeatures(site), createReportFeatures(site), createRetentionFeatures(site, runLog)];
  const ongoing = [alerts, reports, retention];
  return {
    handlers: { ...alerts.handlers, ...reports.handlers, ...retention.handlers },
    retentionJob: retention.job,
    start: () => ongoing.forEach((feature) => feature.start()),
    stop: async () => void (await Promise.all(ongoing.map((feature) => feature.stop()))),
  };
}
