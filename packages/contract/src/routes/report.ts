/** Reports. */
import { z } from 'zod';
import { listOf } from '../nouns/common.ts';
import { ReportDescription, ReportResult, RunReport } from '../nouns/report.ts';
import type { RouteDefinition } from './define.ts';

const tag = 'reports';
export const reportRoutes = {
  'reports.list': {
    method: 'GET',
    path: '/api/v1/reports',
    access: { permission: 'reports.read' },
    tag,
    summary: 'The reports that there are, with their parameters and columns',
    answer: listOf(ReportDescription),
  },
  'reports.run': {
    method: 'POST',
    path: '/api/v1/reports/:name',
    access: { permission: 'reports.read' },
    tag,
    audit: 'never',
    summary: 'The rows of a report: only what the caller may see of computers, runs, deployments and content',
    params: z.strictObject({ name: z.string().max(100) }),
    body: RunReport,
    answer: ReportResult,
  },
} as const satisfies Record<string, RouteDefinition>;
