/** Handlers of the audit log. */
import type { HandlersOf } from '../http/handlers.ts';
import type { AuditLog } from './audit-log.ts';

export function auditHandlers(log: AuditLog): HandlersOf<'audit'> {
  return {
    'audit.list': ({ query }) => log.page(query),
    'audit.verify': () => log.verify(),
  };
}
