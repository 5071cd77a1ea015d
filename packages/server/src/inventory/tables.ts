/** Tables of this feature. Made by migration 0016. */
export interface InventoryTables {
  /** The last report of each device. `hardware` is JSON of HardwareInventory, `operating_system` of InstalledSystem with its name beside it. */
  device_inventories: {
    device_id: string;
    hardware: string;
    operating_system: string | null;
    system_name: string;
    reported_at: number;
    changed_at: number;
  };
  /** `number` rises with each change; `changes` is JSON of InventoryChange[]. */
  device_inventory_changes: { device_id: string; number: number; at: number; changes: string };
}
