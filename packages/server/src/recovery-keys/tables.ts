/** The table of recovery keys. Made by migration 0006. */
export interface RecoveryKeyTables {
  recovery_keys: {
    id: string;
    /** Not a reference: a key outlives its device. */
    device_id: string;
    device_name: string;
    volume_id: string;
    mount_point: string;
    /** Sealed. */
    key: string;
    run_id: string;
    created_at: number;
  };
}
