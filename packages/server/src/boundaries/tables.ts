/** Tables of boundaries and boundary groups. Made by migration 0014. */
export interface BoundaryTables {
  readonly boundaries: {
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly addresses: string;
    /** 32 hexadecimal digits each (address-range.ts). */
    readonly first_address: string;
    readonly last_address: string;
    readonly created_at: number;
  };
  readonly boundary_groups: {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    /** Null: the site's. Since migration 0033. */
    readonly unknown_computers: string | null;
    readonly created_at: number;
  };
  readonly boundary_group_boundaries: { readonly group_id: string; readonly boundary_id: string };
  readonly boundary_group_neighbours: {
    readonly group_id: string;
    readonly neighbour_id: string;
    /** Null: never. */
    readonly fallback_minutes: number | null;
  };
}
