/** The audit log. */
import { AuditPage, AuditQuery, AuditVerification } from '../nouns/audit.ts';
import type { RouteDefinition } from './define.ts';

const tag = 'audit';
export const auditRoutes = {
  'audit.list': {
    method: 'GET',
    path: '/api/v1/audit',
    access: { permission: 'audit.read' },
    tag,
    summary: 'What was changed and which secrets were read, newest first, page by page: `next` is the `before` of the next page',
    query: AuditQuery,
    answer: AuditPage,
  },
  'audit.verify': {
    method: 'GET',
    path: '/api/v1/audit/verify',
    access: { permission: 'audit.read' },
    tag,
    summary: 'Whether an entry was changed, removed or inserted behind the site’s back',
    answer: AuditVerification,
  },
} as const satisfies Record<string, RouteDefinition>;
