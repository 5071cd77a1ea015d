/** The scenario of content that comes before the run: a refresh whose image is on the computer's disk when its deadline comes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PreDownloadStatus } from '@ostler/contract';
import { listMessages } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { reachMachine } from '../ssh.ts';
import type { Stage } from '../stage.ts';
import { arrangeDeployment, waitUntilDeployed } from './deploy-to-machine.ts';
import type { Scenario } from './scenario.ts';

export const preDownloadScenarios: readonly Scenario[] = [
  {
    name: 'content-before-run',
    shows:
      'A client fetches the image of a refresh before its deadline, goes on with it after a power cut, and at the deadline the boot environment takes it from the old system’s disk; afterwards nothing of it is kept.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 60,
    play,
  },
];

const cacheFolder = '/var/lib/ostler/content-cache';
/** A client begins within half of it. */
const untilDeadlineMs = 8 * 60_000;

async function play(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  await site.call('site.update', { body: { clientPollSeconds: 10 } }, signal);
  const machine = await stage.addMachine({ name: 'lab-fetches' });
  const target = await arrangeDeployment(stage, machine, { imageId: stage.imageId, packageIds: [], keepClient: true });
  await machine.powerOn(signal);
  await waitUntilDeployed(stage, machine, target);
  const deploymentId = await deployRefresh(stage, target.deviceId);

  await untilSo(
    stage,
    'the client has begun to fetch the image',
    deploymentId,
    ({ begunCount, completeCount }) => begunCount + completeCount === 1,
  );
  await machine.cutPower();
  await machine.powerOn(signal);
  await untilSo(stage, 'after a power cut it has all of it', deploymentId, ({ completeCount }) => completeCount === 1);

  const { run } = await waitUntilDeployed(stage, machine, { deploymentId, deviceId: target.deviceId });
  const applied = (await listMessages(site, run.id, signal)).map(({ facts }) => String(facts['contentFrom'] ?? ''));
  stage.check(
    applied.some((from) => from.startsWith('this computer')),
    'the image came from the disk',
  );
  await checkCleaned(stage, machine);
}

async function deployRefresh({ site, signal, sshKey, imageId }: Stage, deviceId: string): Promise<string> {
  const choices = { name: 'Refresh', imageId, keepClient: true, sshAuthorizedKeys: [sshKey.publicKey] };
  const { id: taskSequenceId } = await site.call('taskSequences.generate', { body: { template: 'refresh', ...choices } }, signal);
  const { id: collectionId } = await site.call('collections.create', { body: { name: 'To be refreshed' } }, signal);
  await site.call('collections.addMember', { params: { id: collectionId, deviceId } }, signal);
  const schedule = { deadlineAt: new Date(Date.now() + untilDeadlineMs).toISOString().slice(0, 16) };
  const body = { taskSequenceId, collectionId, purpose: 'required', availableTo: 'clients', preDownload: true, schedule } as const;
  return (await site.call('deployments.create', { body }, signal)).id;
}

async function untilSo(
  { site, signal, ...stage }: Stage,
  sentence: string,
  id: string,
  isSo: (status: PreDownloadStatus) => boolean,
): Promise<void> {
  for (;;) {
    const { preDownload } = await site.call('deployments.status', { params: { id }, query: {} }, signal);
    if (preDownload !== null && isSo(preDownload)) return stage.check(true, sentence);
    await sleep(1000, undefined, { signal });
  }
}

async function checkCleaned({ network, sshKey, signal, ...stage }: Stage, machine: Machine): Promise<void> {
  const reached = await reachMachine(machine, network, sshKey, signal);
  while ((await reached.command(`ls ${cacheFolder} 2>/dev/null || true`, signal)).trim() !== '') await sleep(1000, undefined, { signal });
  stage.check(true, 'the client has removed what no run needs any more');
}
