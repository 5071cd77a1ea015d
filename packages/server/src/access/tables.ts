/** Tables of roles, who has them, and security scopes. */
import type { ScopedType } from '@ostler/contract';

export interface AccessTables {
  /** Those that people made; the built-in ones are in the program. `permissions` is JSON of Permission[]. */
  roles: { id: string; name: string; description: string; permissions: string; created_at: number };
  /** `scope_ids` and `collection_ids` are JSON of ids; null for everything. */
  role_assignments: {
    account_id: string;
    number: number;
    role_id: string;
    scope_ids: string | null;
    collection_ids: string | null;
  };
  security_scopes: { id: string; name: string; description: string; created_at: number };
  /** An object in no scope is in the default one. */
  security_scope_objects: { scope_id: string; object_type: ScopedType; object_id: string };
}
