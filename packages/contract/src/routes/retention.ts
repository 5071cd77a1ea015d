/** Retention: how long the site keeps what runs leave behind, and the audit log. */
import { Job } from '../nouns/job.ts';
import { RetentionState, UpdateRetention } from '../nouns/retention.ts';
import type { RouteDefinition } from './define.ts';

const path = '/api/v1/site/retention';
export const retentionRoutes = {
  'retention.get': {
    method: 'GET',
    path,
    access: { permission: 'site.read' },
    tag: 'site',
    summary: 'How long the site keeps messages, logs, run records, changes of inventories, statistics and the audit log, and what is older',
    answer: RetentionState,
  },
  'retention.update': {
    method: 'PATCH',
    path,
    access: { permission: 'site.modify' },
    tag: 'site',
    summary: 'Change how long the site keeps them, in days; 0: for ever',
    body: UpdateRetention,
    answer: RetentionState,
  },
  'retention.run': {
    method: 'POST',
    path: `${path}/run`,
    access: { permission: 'site.modify' },
    tag: 'site',
    summary: 'Delete what is older now, and not at the next time of day',
    answer: Job,
  },
} as const satisfies Record<string, RouteDefinition>;
