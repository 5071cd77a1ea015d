/** What a new site gets before a fleet comes: its computers, a package, a task sequence, and a required deployment of it. */
import { createHash } from 'node:crypto';
import { fillPath, streamPath, TaskSequenceDefinition, type Client, type Fetch } from '@ostler/contract';
import { machineOf, type Machine } from './machine.ts';

export interface FleetMachines {
  /** Known to the site, and deployed when they start. */
  readonly deploying: readonly Machine[];
  /** The same, for what is measured on runs that do not end. */
  readonly spare: readonly Machine[];
  /** Known to the site; in their installed system. */
  readonly clients: readonly Machine[];
  /** Not known to the site. */
  readonly waiting: readonly Machine[];
}

export const stepCount = 10;
const spareCount = 16;
const importedAtOnce = 2000;
const script = `#!/bin/sh\n# ${'x'.repeat(4000)}\n`;

/** One of a hundred waits for its approval. */
export function machinesOf(deviceCount: number, deployingCount: number): FleetMachines {
  const waitingCount = Math.round(deviceCount / 100);
  const all = Array.from({ length: deviceCount + spareCount }, (_, number) => machineOf(number + 1));
  const from = deployingCount + spareCount;
  return {
    deploying: all.slice(0, deployingCount),
    spare: all.slice(deployingCount, from),
    clients: all.slice(from, all.length - waitingCount),
    waiting: all.slice(all.length - waitingCount),
  };
}

/** Machines prove themselves by being known: what is measured is the site's work, not that of a person. */
export async function prepareSite(client: Client, fetch: Fetch, machines: FleetMachines, signal: AbortSignal): Promise<void> {
  await client.call('site.update', { body: { trust: 'automatic', unknownComputers: 'approval' } }, signal);
  const packageId = await addPackage(client, fetch, signal);
  const definition = TaskSequenceDefinition.parse({
    name: 'Fleet',
    steps: Array.from({ length: stepCount }, (_, index) => ({
      type: 'run-command-line',
      name: `Step ${index + 1}`,
      // One step in five downloads, and tells its progress each second.
      options: { commandLine: 'true', ...(index % 5 === 2 ? { packageId } : {}) },
    })),
  });
  const { id: taskSequenceId } = await client.call('taskSequences.create', { query: {}, body: definition }, signal);
  const deployed = [...machines.deploying, ...machines.spare];
  const { id: collectionId, name } = await client.call('collections.create', { body: { name: 'Deploying' } }, signal);
  await importMachines(client, deployed, collectionId, signal);
  await importMachines(client, machines.clients, null, signal);
  const confirm = `${name} ${deployed.length}`;
  await client.call('deployments.create', { body: { taskSequenceId, collectionId, purpose: 'required', confirm } }, signal);
}

async function importMachines(
  client: Client,
  machines: readonly Machine[],
  collectionId: string | null,
  signal: AbortSignal,
): Promise<void> {
  for (let from = 0; from < machines.length; from += importedAtOnce) {
    const lines = machines
      .slice(from, from + importedAtOnce)
      .map(({ name, macAddress, smbiosUuid }) => `${name},${macAddress},${smbiosUuid}`);
    const csv = ['name,mac,uuid', ...lines].join('\n');
    const { imported, problems } = await client.call('devices.importCsv', { body: { csv, collectionId } }, signal);
    if (!imported) throw new Error(`The computers could not be imported: ${problems[0]?.problem ?? ''}`);
  }
}

async function addPackage(client: Client, fetch: Fetch, signal: AbortSignal): Promise<string> {
  const fileName = `fleet-${createHash('sha256').update(script).digest('hex').slice(0, 8)}.sh`;
  const { id } = await client.call('uploads.create', { body: { fileName, sizeBytes: script.length } }, signal);
  const headers = {
    authorization: `Bearer ${client.token ?? ''}`,
    'content-type': 'application/octet-stream',
    'upload-offset': '0',
  };
  const url = client.serverUrl + fillPath(streamPath('uploads.append'), { id });
  const { status } = await fetch(url, { method: 'PATCH', headers, body: script, signal });
  if (status >= 400) throw new Error(`The package was answered with ${status}.`);
  return (await client.call('packages.create', { body: { name: 'Fleet', kind: 'script', fileName, uploadId: id } }, signal)).id;
}
