/** Tables of state stores and computer associations. */
import type { StateStoreState } from '@ostler/contract';

export interface StateStoreTables {
  state_stores: {
    id: string;
    state: StateStoreState;
    /** Not references: a store outlives its device and its run. */
    device_id: string;
    device_name: string;
    run_id: string;
    restore_device_id: string | null;
    restore_device_name: string | null;
    /** The run that was granted to restore it last. */
    restore_run_id: string | null;
    /** Sealed; empty when the content has been deleted. */
    key: string;
    /** What is set aside for it, and once its content has been verified what it takes; 0 when expired. */
    size_bytes: number;
    /** Of the content that arrived and was verified. */
    sha256: string | null;
    created_at: number;
    /** When bytes came last. */
    active_at: number;
    completed_at: number | null;
    restored_at: number | null;
    expires_at: number | null;
  };
  device_associations: { source_id: string; destination_id: string; created_at: number };
}
