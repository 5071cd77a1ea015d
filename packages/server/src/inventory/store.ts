/** The last inventory of each device, and the changes that led to it. */
import {
  unknownHardware,
  unknownSystem,
  type HardwareInventory,
  type InstalledSystem,
  type Inventory,
  type InventoryChange,
  type InventoryHistoryEntry,
  type InventoryReport,
} from '@ostler/contract';
import type { Tables } from '../database/tables.ts';
import { markStale, type Queries } from '../devices/store.ts';
import { isoTime } from '../iso-time.ts';
import { compareInventories } from './compare.ts';

/** Changes that are kept of a device: the oldest give way. */
const historyLimit = 100;

/**
 * Keeps a report, and what it changes; the device's memberships follow where it does. Call it inside a transaction.
 * @returns what differs from the report before; of a first one, nothing
 */
export async function saveInventory(sql: Queries, deviceId: string, report: InventoryReport, nowMs: number): Promise<InventoryChange[]> {
  const before = await sql.selectFrom('device_inventories').selectAll().where('device_id', '=', deviceId).executeTakeFirst();
  const changes =
    before === undefined
      ? []
      : compareInventories(
          { hardware: hardwareOf(before), operatingSystem: before.operating_system === null ? null : systemOf(before) },
          report,
        );
  const system =
    report.operatingSystem === null
      ? {}
      : { operating_system: JSON.stringify(report.operatingSystem), system_name: report.operatingSystem.name };
  const values = { hardware: JSON.stringify(report.hardware), ...system, reported_at: nowMs };
  const isNews = before === undefined || changes.length > 0;
  if (isNews) await markStale(sql, deviceId);
  const changed = isNews ? { changed_at: nowMs } : {};
  await sql
    .insertInto('device_inventories')
    .values({ device_id: deviceId, operating_system: null, system_name: '', changed_at: nowMs, ...values })
    .onConflict((conflict) => conflict.column('device_id').doUpdateSet({ ...values, ...changed }))
    .execute();
  if (changes.length > 0) await addChanges(sql, deviceId, changes, nowMs);
  return changes;
}

export async function findInventory(sql: Queries, deviceId: string): Promise<Inventory | null> {
  const row = await sql.selectFrom('device_inventories').selectAll().where('device_id', '=', deviceId).executeTakeFirst();
  if (row === undefined) return null;
  return {
    hardware: hardwareOf(row),
    operatingSystem: systemOf(row),
    reportedAt: isoTime(row.reported_at),
    changedAt: isoTime(row.changed_at),
  };
}

/** The newest first. */
export async function inventoryHistory(sql: Queries, deviceId: string): Promise<InventoryHistoryEntry[]> {
  const rows = await sql
    .selectFrom('device_inventory_changes')
    .select(['at', 'changes'])
    .where('device_id', '=', deviceId)
    .orderBy('number', 'desc')
    .execute();
  // Safe: addChanges wrote them.
  return rows.map(({ at, changes }) => ({ at: isoTime(at), changes: JSON.parse(changes) as InventoryChange[] }));
}

type Row = Tables['device_inventories'];

/** Not parsed by its schema: it was when it came, and a query over every device reads very many. What a later version added is filled in. */
export function hardwareOf({ hardware }: Pick<Row, 'hardware'>): HardwareInventory {
  return { ...unknownHardware, ...(JSON.parse(hardware) as Partial<HardwareInventory>) };
}

export function systemOf({ operating_system }: Pick<Row, 'operating_system'>): InstalledSystem {
  return operating_system === null ? unknownSystem : { ...unknownSystem, ...(JSON.parse(operating_system) as Partial<InstalledSystem>) };
}

async function addChanges(sql: Queries, deviceId: string, changes: readonly InventoryChange[], nowMs: number): Promise<void> {
  const last = await sql
    .selectFrom('device_inventory_changes')
    .select((select) => select.fn.max('number').as('number'))
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
  const number = (last?.number ?? 0) + 1;
  await sql
    .insertInto('device_inventory_changes')
    .values({ device_id: deviceId, number, at: nowMs, changes: JSON.stringify(changes) })
    .execute();
  await sql
    .deleteFrom('device_inventory_changes')
    .where('device_id', '=', deviceId)
    .where('number', '<=', number - historyLimit)
    .execute();
}
