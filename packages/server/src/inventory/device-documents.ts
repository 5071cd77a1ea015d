/** Devices as documents, read in bulk: a query over every device asks for some hundred at a time. */
import { unknownHardware, unknownSystem, type Device, type DeviceDocument, type HardwareInventory, type LastRun } from '@ostler/contract';
import { isOneOf } from '../database/is-one-of.ts';
import { devicesById, type Queries } from '../devices/store.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { hardwareOf, systemOf } from './store.ts';

/** In the order of their names. Devices that are not there any more are left out. @param ids at most some hundred */
export async function deviceDocuments(sql: Queries, ids: readonly string[]): Promise<DeviceDocument[]> {
  const devices = await devicesById(sql, ids);
  if (devices.length === 0) return [];
  const inventories = new Map(
    (
      await sql
        .selectFrom('device_inventories')
        .selectAll()
        .where(isOneOf(sql, 'device_id', ids))
        .execute()
    ).map((row) => [row.device_id, row]),
  );
  const runs = await lastRuns(sql, ids);
  return devices.map((device) => {
    const inventory = inventories.get(device.id);
    const { id, name, state, tags, users, macAddresses, smbiosUuid, createdAt, lastSeenAt } = device;
    return {
      id,
      name,
      state,
      tags,
      users,
      macAddresses,
      smbiosUuid: smbiosUuid ?? '',
      createdAt,
      lastSeenAt,
      reportedAt: inventory === undefined ? null : isoTime(inventory.reported_at),
      hardware: inventory === undefined ? hardwareOfFacts(device) : hardwareOf(inventory),
      operatingSystem: inventory === undefined ? unknownSystem : systemOf(inventory),
      lastRun: runs.get(id) ?? noRun,
    };
  });
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
function hardwareOfFacts({ facts }: Device): HardwareInventory {
  if (facts === null) return unknownHardware;
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
