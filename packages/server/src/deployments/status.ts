/** How far a deployment is on each device: the members of its collection, and machines that ran it and are not members any more. */
import type { DeploymentStatus } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';
import { asRun, newestRuns } from '../runs/store.ts';
import { listMembers } from './members.ts';
import { getDeployment } from './store.ts';

type DeviceStatus = DeploymentStatus['devices'][number];

/** @throws OstlerError NOT_FOUND */
export async function deploymentStatus(sql: Queries, id: string): Promise<DeploymentStatus> {
  const deployment = await getDeployment(sql, id);
  const runs = new Map((await newestRuns(sql, id)).map((row) => [row.device_id, row]));
  const members = await listMembers(sql, deployment.collectionId);
  const names = new Map([
    ...[...runs.values()].map((row) => [row.device_id, row.device_name] as const),
    ...members.map((device) => [device.id, device.name] as const),
  ]);
  const devices = [...names].map(([deviceId, deviceName]): DeviceStatus => {
    const row = runs.get(deviceId);
    const state = row === undefined || row.rerun_allowed === 1 ? 'waiting' : row.state;
    return { deviceId, deviceName, state, run: row === undefined ? null : asRun(row) };
  });
  const counts = { waiting: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 };
  for (const { state } of devices) counts[state] += 1;
  return { deployment, counts, devices: devices.toSorted((a, b) => a.deviceName.localeCompare(b.deviceName, 'en')) };
}
