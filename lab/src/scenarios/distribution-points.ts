/** Scenarios of where content comes from: distribution points beside the site. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run, TaskSequenceDefinition } from '@ostler/contract';
import type { z } from 'zod';
import { deployRequired, importDevice, listMessages, waitForRun } from '../deploy.ts';
import { startDistributionPoint, type LabDistributionPoint } from '../distribution-point.ts';
import type { Machine } from '../machine.ts';
import { addPackage } from '../package-files.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

export const distributionPointScenarios: readonly Scenario[] = [
  {
    name: 'two-distribution-points',
    shows:
      'Two distribution points pull a large package; the one that a computer downloads it from is killed in the middle, and the download goes on from the other.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 20,
    play: playTwoDistributionPoints,
  },
];

const packageBytes = 300 * 1024 * 1024;

async function playTwoDistributionPoints(stage: Stage): Promise<void> {
  const { site, network, signal } = stage;
  const packageId = await addLargePackage(stage);
  const group = await site.call('boundaryGroups.create', { body: { name: 'The laboratory' } }, signal);
  const subnet = network.addresses.server.replace(/\.\d+$/, '.0/24');
  const boundary = await site.call('boundaries.create', { body: { addresses: subnet } }, signal);
  await site.call('boundaryGroups.addBoundary', { params: { id: group.id, boundaryId: boundary.id } }, signal);
  const at = (last: number): string => network.addresses.server.replace(/\d+$/, String(last));
  await using first = await startDistributionPoint(stage, { name: 'pointa', address: at(11), groupId: group.id });
  await using second = await startDistributionPoint(stage, { name: 'pointb', address: at(12), groupId: group.id });
  for (const point of [first, second]) await waitUntilWhole(stage, point);

  // Memory for the package: nothing is on the disk of this computer.
  const machine = await stage.addMachine({ name: 'lab-points', memoryMiB: 3072 });
  const device = await importDevice(site, machine, machine.name, signal);
  const sequenceId = (await site.call('taskSequences.create', { query: {}, body: downloadSequence(packageId) }, signal)).id;
  const deploymentId = await deployRequired(site, sequenceId, 'Computers of the laboratory', [device.id], signal);
  await machine.powerOn(signal);
  const target = { deploymentId, deviceId: device.id };
  await waitForRun(site, target, isDownloading, stage.log, signal);
  const serving = await servingPoint(stage, machine, [first, second]);
  await serving.kill();
  stage.log(`the distribution point ${serving.name} was killed`);

  const run = await waitForRun(site, target, ({ state }) => state === 'succeeded', stage.log, signal);
  const done = (await listMessages(site, run.id, signal)).find(({ kind }) => kind === 'step-succeeded');
  const from = String(done?.facts['contentFrom']);
  const other = serving === first ? second : first;
  stage.check(from.startsWith(`${serving.name} `) && from.includes(`, ${other.name} `), `the package came from both: ${from}`);
}

/** Random, so that nothing on the way makes it smaller. @returns the package's id */
async function addLargePackage(stage: Stage): Promise<string> {
  const path = join(stage.folder, 'large.sh');
  await writeFile(path, Buffer.concat([Buffer.from('#!/bin/sh\nexit 0\n'), randomBytes(packageBytes)]));
  return addPackage(stage, 'large', 'script', path);
}

function downloadSequence(packageId: string): z.input<typeof TaskSequenceDefinition> {
  const common = { description: '', enabled: true, continueOnError: false, successCodes: [0], timeoutMinutes: 0 };
  const options = { packageIds: [packageId], destination: { kind: 'working-folder' as const }, continueOnFailure: false };
  const retry = { count: 0, delaySeconds: 0 };
  return { name: 'Download', steps: [{ ...common, type: 'download-package-content', name: 'Download a large package', retry, options }] };
}

async function waitUntilWhole({ site, log, signal }: Stage, { id, name }: LabDistributionPoint): Promise<void> {
  for (;;) {
    const { content, state } = await site.call('distributionPoints.get', { params: { id } }, signal);
    if (state === 'healthy' && content.missing + content.failed === 0) {
      log(`${name} has all ${content.present} pieces of content`);
      return;
    }
    await sleep(500, undefined, { signal });
  }
}

/** The first in the order that the site has given this computer. */
async function servingPoint(stage: Stage, machine: Machine, points: readonly LabDistributionPoint[]): Promise<LabDistributionPoint> {
  const [address = ''] = await stage.network.addressesOf(machine.macAddress, stage.signal);
  const { sources } = await stage.site.call('boundaryGroups.explain', { query: { address } }, stage.signal);
  const serving = points.find(({ id }) => id === sources[0]?.id);
  if (serving === undefined) throw new Error(`The site sends ${address} to ${sources[0]?.name ?? 'nobody'}.`);
  return serving;
}

/** In the middle of the transfer. */
function isDownloading({ step }: Run): boolean {
  const progress = step?.progress ?? null;
  return progress !== null && progress.unit === 'bytes' && progress.total !== null && progress.done > progress.total * 0.05;
}
