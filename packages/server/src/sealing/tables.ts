/** Tables of the keys that seal secrets. */
export interface SealingTables {
  /** Each is sealed under a site key, which is not in the database. */
  sealing_keys: {
    id: string;
    site_key_id: string;
    sealed: string;
    created_at: number;
  };
  /** One row: the key that new secrets are sealed with. Whoever seals holds it until the end of the transaction. */
  sealing_head: { id: string; key_id: string | null };
}
