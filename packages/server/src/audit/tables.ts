/** Tables of the audit log. Entries are added and never changed; retention removes the oldest. */
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
  /** Changes whose work has begun, by the server that does it: the note goes when the entry comes. `record` is JSON of the entry, should that server die. */
  audit_begun: { id: string; server_id: string; begun_at: number; record: string };
  /** One row: the newest entry. Whoever adds one holds it, so that two servers make one chain. */
  audit_head: { id: 'head'; number: number; hash: string };
}
