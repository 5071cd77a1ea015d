/** What one inventory has that another has not. Pure. */
import type { HardwareInventory, InstalledSystem, InventoryChange } from '@ostler/contract';

export interface ComparedInventory {
  readonly hardware: HardwareInventory;
  /** Null: nothing is said of it, so it has not changed. */
  readonly operatingSystem: InstalledSystem | null;
}
type Json = InventoryChange['before'];

/** Properties in the order of the inventory; of a list, what went comes before what came. */
export function compareInventories(before: ComparedInventory, after: ComparedInventory): InventoryChange[] {
  const system =
    after.operatingSystem === null || before.operatingSystem === null
      ? []
      : compareValues('operatingSystem', before.operatingSystem, after.operatingSystem);
  return [...compareObjects('', lasting(before.hardware), lasting(after.hardware)), ...system];
}

/** Without what differs from one start to the next on the same hardware: the kernel's names, and the speed of a link. */
function lasting(hardware: HardwareInventory): Record<string, Json> {
  return {
    ...hardware,
    disks: hardware.disks.map(({ name: _name, ...disk }) => disk),
    networkAdapters: hardware.networkAdapters.map(({ name: _name, megabitsPerSecond: _speed, ...adapter }) => adapter),
  };
}

function compareValues(property: string, before: Json, after: Json): InventoryChange[] {
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(property, before, after);
  if (isObject(before) && isObject(after)) return compareObjects(`${property}.`, before, after);
  return before === after ? [] : [{ property, before, after }];
}

function compareObjects(prefix: string, before: Record<string, Json>, after: Record<string, Json>): InventoryChange[] {
  return Object.keys(after).flatMap((key) => compareValues(`${prefix}${key}`, before[key] ?? null, after[key] ?? null));
}

/** Without regard to order: two equal memory cards are two. */
function compareLists(property: string, before: readonly Json[], after: readonly Json[]): InventoryChange[] {
  const went = withoutEach(before, after).map((item): InventoryChange => ({ property, before: item, after: null }));
  const came = withoutEach(after, before).map((item): InventoryChange => ({ property, before: null, after: item }));
  return [...went, ...came];
}

function withoutEach(items: readonly Json[], others: readonly Json[]): Json[] {
  const left = others.map((other) => JSON.stringify(other));
  return items.filter((item) => {
    const place = left.indexOf(JSON.stringify(item));
    if (place !== -1) left.splice(place, 1);
    return place === -1;
  });
}

function isObject(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
