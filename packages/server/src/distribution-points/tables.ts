/** Tables of distribution points. Made by migration 0020. Times are milliseconds since 1970. */
export interface DistributionPointTables {
  readonly distribution_points: {
    readonly id: string;
    readonly name: string;
    readonly url: string;
    readonly assignment: string;
    readonly space_reserve_bytes: number;
    readonly pull_bytes_per_second: number | null;
    readonly grace_hours: number;
    /** Of the ticket that enrols it; null once it is used. */
    readonly ticket_hash: string | null;
    readonly ticket_expires_at: number | null;
    /** Of the key that it calls with; null before it is enrolled and after it was revoked. */
    readonly key_hash: string | null;
    readonly enrolled_at: number | null;
    readonly revoked_at: number | null;
    readonly last_seen_at: number | null;
    /** Since when it is not heard of any more, as far as that was noted. */
    readonly lost_at: number | null;
    readonly free_bytes: number | null;
    readonly created_at: number;
  };
  readonly distribution_point_groups: { readonly point_id: string; readonly group_id: string };
  readonly distribution_point_chosen: { readonly point_id: string; readonly owner_kind: string; readonly owner_id: string };
  /** What it reported of each piece, and what it was ordered. */
  readonly distribution_point_content: {
    readonly point_id: string;
    readonly sha256: string;
    readonly state: string;
    readonly received_bytes: number;
    readonly problem: string | null;
    readonly verified_at: number | null;
    readonly fetch_order: number;
    readonly validate_order: number;
  };
}
