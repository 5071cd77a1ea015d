/** Tables of the audit log. Rows are added and never changed. */
import type { AuditEntry } from '@ostler/contract';

export interface AuditTables {
  audit_entries: {
    number: number;
    at: number;
    actor_kind: AuditEntry['actorKind'];
    actor_id: string | null;
    actor_name: string;
    address: string;
    operation: string;
    object_id: string | null;
    result: AuditEntry['result'];
    error_code: string | null;
    /** JSON. */
    request: string;
    changes: string;
    previous_hash: string;
    hash: string;
  };
  /** One row: the newest entry. Whoever adds one holds it, so that two servers make one chain. */
  audit_head: { id: 'head'; number: number; hash: string };
}
