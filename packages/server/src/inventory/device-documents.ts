/** Devices as documents, read in bulk: a query over every device asks for some hundred at a time. */
import {
  unknownHardware,
  unknownSystem,
  type DeviceDocument,
  type DeviceFacts,
  type HardwareInventory,
  type LastRun,
} from '@ostler/contract';
import { isOneOf } from '../database/is-one-of.ts';
import type { Tables } from '../database/tables.ts';
import { factsOf, macAddressesOf, tagsOf, usersOf } from '../devices/device-parts.ts';
import type { Queries } from '../devices/store.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { hardwareOf, systemOf } from './store.ts';

type Row = Tables['devices'];

/** In no order. Devices that are not there any more are left out. @param ids at most some hundred */
export async function deviceDocuments(sql: Queries, ids: readonly string[]): Promise<DeviceDocument[]> {
  const devices: Pick<Row, (typeof columns)[number]>[] = await sql
    .selectFrom('devices')
    .select(columns)
    .where(isOneOf(sql, 'id', ids))
    .execute();
  const inventories = await inventoriesOf(sql, ids);
  const unreported = ids.filter((id) => !inventories.has(id));
  const facts = unreported.length === 0 ? new Map<string, DeviceFacts>() : await factsOf(sql, unreported);
  const [tags, users, macAddresses] = [await tagsOf(sql, ids), await usersOf(sql, ids), await macAddressesOf(sql, ids)];
  const runs = await lastRuns(sql, ids);
  return devices.map(({ id, name, state, smbios_uuid, created_at, last_seen_at }) => {
    const inventory = inventories.get(id);
    return {
      id,
      name,
      state,
      tags: tags.get(id) ?? [],
      users: users.get(id) ?? [],
      macAddresses: macAddresses.get(id) ?? [],
      smbiosUuid: smbios_uuid ?? '',
      createdAt: isoTime(created_at),
      lastSeenAt: isoTimeOrNull(last_seen_at),
      reportedAt: inventory === undefined ? null : isoTime(inventory.reported_at),
      hardware: inventory === undefined ? hardwareOfFacts(facts.get(id)) : hardwareOf(inventory),
      operatingSystem: inventory === undefined ? unknownSystem : systemOf(inventory),
      lastRun: runs.get(id) ?? noRun,
    };
  });
}

/** Rows of devices are long, and this reads very many. */
const columns = ['id', 'name', 'state', 'smbios_uuid', 'created_at', 'last_seen_at'] as const;

async function inventoriesOf(sql: Queries, ids: readonly string[]) {
  const rows = await sql
    .selectFrom('device_inventories')
    .select(['device_id', 'hardware', 'operating_system', 'reported_at'])
    .where(isOneOf(sql, 'device_id', ids))
    .execute();
  return new Map(rows.map((row) => [row.device_id, row]));
}

const noRun: LastRun = { state: '', deploymentId: '', taskSequenceId: '', taskSequenceName: '', startedAt: null, endedAt: null };

async function lastRuns(sql: Queries, deviceIds: readonly string[]): Promise<Map<string, LastRun>> {
  const newest = sql
    .selectFrom('runs')
    .select((select) => select.fn.max('number').as('number'))
    .where(isOneOf(sql, 'device_id', deviceIds))
    .groupBy('device_id');
  const rows = await sql
    .selectFrom('runs')
    .select(['device_id', 'state', 'deployment_id', 'task_sequence_id', 'task_sequence_name', 'started_at', 'ended_at'])
    .where('number', 'in', newest)
    .execute();
  return new Map(
    rows.map((row) => [
      row.device_id,
      {
        state: row.state,
        deploymentId: row.deployment_id,
        taskSequenceId: row.task_sequence_id,
        taskSequenceName: row.task_sequence_name,
        startedAt: isoTime(row.started_at),
        endedAt: isoTimeOrNull(row.ended_at),
      },
    ]),
  );
}

/** A machine that waits for approval has said this much, and may not report more. */
function hardwareOfFacts(facts: DeviceFacts | undefined): HardwareInventory {
  if (facts === undefined) return unknownHardware;
  const { manufacturer, model, serialNumber, assetTag, memoryBytes, firmware: kind, secureBoot, cpuCount } = facts;
  return {
    ...unknownHardware,
    manufacturer,
    model,
    serialNumber,
    assetTag,
    memoryBytes,
    firmware: {
      ...unknownHardware.firmware,
      kind,
      secureBoot,
    },
    processor: {
      ...unknownHardware.processor,
      threadCount: cpuCount,
    },
    disks: facts.disks.map((disk) => ({
      ...disk,
      serialNumber: '',
      rotational: false,
      removable: false,
    })),
  };
}
