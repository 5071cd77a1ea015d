/** Table of maintenance windows. Made by migration 0023. */

export interface MaintenanceWindowTables {
  maintenance_windows: {
    id: string;
    collection_id: string;
    name: string;
    start_at: string;
    time_zone: string;
    duration_minutes: number;
    recurrence: string | null;
    created_at: number;
  };
}
