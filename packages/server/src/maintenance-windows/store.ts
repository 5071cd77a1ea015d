/** Maintenance windows in the database, and those of devices. What they mean: spans.ts. */
import { OstlerError, type CreateMaintenanceWindow, type DeviceWindows, type MaintenanceWindow } from '@ostler/contract';
import { collectionsOf, getCollection } from '../collections/store.ts';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import { getDevice, type Queries } from '../devices/store.ts';
import { isoTime } from '../iso-time.ts';
import { requireRecurrence } from '../schedule/recurrence.ts';
import { mayStartNow, spansFrom, type MayStart, type Span } from './spans.ts';

/** For a longest run time: whether it may begin now. */
export type StartJudge = (maxRunTimeMs: number) => MayStart;

export async function listWindows(sql: Queries, collectionId: string): Promise<MaintenanceWindow[]> {
  await getCollection(sql, collectionId);
  return windowsOf(sql, [collectionId]);
}

/** @throws OstlerError NOT_FOUND, MAINTENANCE_WINDOW_BUILT_IN, RECURRENCE_INVALID */
export async function addWindow(
  sql: Queries,
  collectionId: string,
  body: CreateMaintenanceWindow,
  nowMs: number,
): Promise<MaintenanceWindow> {
  const { name: collectionName, builtIn } = await getCollection(sql, collectionId);
  if (builtIn) throw new OstlerError('MAINTENANCE_WINDOW_BUILT_IN', { name: collectionName });
  const { name, startAt, timeZone, durationMinutes, recurrence } = body;
  if (recurrence !== null) requireRecurrence(recurrence, startAt, timeZone);
  const id = newId('window');
  const times = { start_at: startAt, time_zone: timeZone, duration_minutes: durationMinutes, recurrence };
  await sql
    .insertInto('maintenance_windows')
    .values({ id, collection_id: collectionId, name, ...times, created_at: nowMs })
    .execute();
  return { id, collectionId, ...body };
}

/** @throws OstlerError NOT_FOUND */
export async function removeWindow(sql: Queries, collectionId: string, windowId: string): Promise<void> {
  const { numDeletedRows } = await sql
    .deleteFrom('maintenance_windows')
    .where('collection_id', '=', collectionId)
    .where('id', '=', windowId)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new OstlerError('NOT_FOUND', { kind: 'maintenance window', id: windowId });
}

/** Of a device that is in these collections. */
export async function startJudgeOf(sql: Queries, collectionIds: readonly string[], nowMs: number): Promise<StartJudge> {
  const windows = spansOf(await windowsOf(sql, collectionIds), nowMs);
  return (maxRunTimeMs) => mayStartNow({ windows, nowMs, maxRunTimeMs });
}

/** The built-in collections have no windows, so what a device is in by its state does not count. */
export async function windowsOfDevice(sql: Queries, deviceId: string): Promise<MaintenanceWindow[]> {
  const memberOf = sql.selectFrom('collection_members').select('collection_members.collection_id').where('device_id', '=', deviceId);
  return (await windowRows(sql).where('collection_id', 'in', memberOf).execute()).map(asWindow);
}

/** The same for every device at once. */
export async function startJudges(sql: Queries, nowMs: number): Promise<(deviceId: string) => StartJudge> {
  const all = await sql.selectFrom('maintenance_windows').selectAll().execute();
  const byCollection = Map.groupBy(all.map(asWindow), ({ collectionId }) => collectionId);
  const limited = [...byCollection.keys()];
  const members =
    limited.length === 0
      ? []
      : await sql
          .selectFrom('collection_members')
          .selectAll()
          .where('collection_id', 'in', limited)
          .orderBy('device_id')
          .orderBy('collection_id')
          .execute();
  const ofDevice = Map.groupBy(members, ({ device_id }) => device_id);
  const known = new Map<string, Span[] | null>();
  return (deviceId) => {
    const collections = (ofDevice.get(deviceId) ?? []).map(({ collection_id }) => collection_id);
    const key = collections.join(' ');
    const windows =
      known.get(key) ??
      spansOf(
        collections.flatMap((id) => byCollection.get(id) ?? []),
        nowMs,
      );
    known.set(key, windows);
    return (maxRunTimeMs) => mayStartNow({ windows, nowMs, maxRunTimeMs });
  };
}

/** @throws OstlerError NOT_FOUND */
export async function deviceWindows(sql: Queries, deviceId: string, nowMs: number, count: number): Promise<DeviceWindows> {
  const collections = await collectionsOf(sql, await getDevice(sql, deviceId));
  const windows = await windowsOf(
    sql,
    collections.map(({ id }) => id),
  );
  const spans = (spansOf(windows, nowMs) ?? []).slice(0, count);
  return {
    isLimited: windows.length > 0,
    items: spans.map(({ fromMs, toMs, names }) => ({ from: isoTime(fromMs), to: isoTime(toMs), names: [...names] })),
  };
}

function spansOf(windows: readonly MaintenanceWindow[], nowMs: number): Span[] | null {
  return windows.length === 0 ? null : spansFrom(windows, nowMs);
}

async function windowsOf(sql: Queries, collectionIds: readonly string[]): Promise<MaintenanceWindow[]> {
  if (collectionIds.length === 0) return [];
  return (await windowRows(sql).where('collection_id', 'in', collectionIds).execute()).map(asWindow);
}

function windowRows(sql: Queries) {
  return sql.selectFrom('maintenance_windows').selectAll().orderBy('start_at').orderBy('id');
}

function asWindow(row: Tables['maintenance_windows']): MaintenanceWindow {
  return {
    id: row.id,
    collectionId: row.collection_id,
    name: row.name,
    startAt: row.start_at,
    timeZone: row.time_zone,
    durationMinutes: row.duration_minutes,
    recurrence: row.recurrence,
  };
}
