/** Every report, in the order that they are listed. */
import type { Report } from './report.ts';
import { runReports } from './run-reports.ts';
import { siteReports } from './site-reports.ts';
import { timeReports } from './time-reports.ts';

export const reports: readonly Report[] = [...timeReports, ...runReports, ...siteReports];
