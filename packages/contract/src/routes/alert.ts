/** Alerts of deployments. */
import { Alert, AlertParams, AlertQuery } from '../nouns/alert.ts';
import { listOf } from '../nouns/common.ts';
import type { RouteDefinition } from './define.ts';

const tag = 'deployments';
export const alertRoutes = {
  'alerts.list': {
    method: 'GET',
    path: '/api/v1/alerts',
    access: { permission: 'deployments.read', items: 'deploymentId' },
    tag,
    summary: 'Alerts of deployments, newest first: those that are not cleared, or all',
    query: AlertQuery,
    answer: listOf(Alert),
  },
  'alerts.acknowledge': {
    method: 'POST',
    path: '/api/v1/deployments/:id/alerts/:alertId/acknowledge',
    access: { permission: 'deployments.modify', on: 'params.id' },
    tag,
    summary: 'Say that an alert was seen; who did so first stays',
    params: AlertParams,
    answer: Alert,
  },
} as const satisfies Record<string, RouteDefinition>;
