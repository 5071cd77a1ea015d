/** Tables of collections. Made by migrations 0003 and 0021. */

export interface CollectionTables {
  collections: {
    id: string;
    name: string;
    priority: number;
    built_in: 0 | 1;
    created_at: number;
    /** Null for the built-in ones. */
    limiting_id: string | null;
    /** When its rules were last asked of every device; null: not yet, or they have changed since. */
    evaluated_at: number | null;
    evaluation_ms: number | null;
    unanswered_count: number;
  };
  /** One column of the last three belongs to each kind: direct, query, include and exclude. */
  collection_rules: {
    id: string;
    collection_id: string;
    kind: 'direct' | 'query' | 'include' | 'exclude';
    device_id: string | null;
    query: string | null;
    other_id: string | null;
    created_at: number;
  };
  /** What the rules have come to: kept by memberships.ts alone. The built-in collections have no rows. */
  collection_members: { collection_id: string; device_id: string };
}
