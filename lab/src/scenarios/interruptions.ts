/** Scenarios of what goes wrong while a computer is being deployed, and passes: the deployment goes on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '@ostler/contract';
import { describeRun, listMessages, waitForRun, type DeviceDeployment } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { addScriptPackage } from '../package-files.ts';
import type { Stage } from '../stage.ts';
import { arrangeDeployment, waitUntilDeployed } from './deploy-to-machine.ts';
import type { Scenario } from './scenario.ts';

export const interruptionScenarios: readonly Scenario[] = [
  {
    name: 'power-cut',
    shows:
      'Power is cut while the disk is partitioned, while the image is applied, and in the installed system: each time the run goes on.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 40,
    play: playPowerCut,
  },
  {
    name: 'network-cut',
    shows: 'The network is gone for half a minute while the image is fetched: the transfer goes on where it stopped.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 25,
    play: async (stage) => {
      const { machine, target } = await beginDeployment(stage, 'lab-net-cut');
      await waitForRun(stage.site, target, isApplying, stage.log, stage.signal);
      const [link] = machine.links;
      await link?.cut(stage.signal);
      stage.log('the cable is out');
      await sleep(30_000, undefined, { signal: stage.signal });
      await link?.restore(stage.signal);
      stage.log('the cable is in again');
      await waitUntilDeployed(stage, machine, target);
    },
  },
  {
    name: 'server-restart',
    shows:
      'The server is killed while an image is fetched from it and starts again: the deployment goes on, and no status message is lost.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 25,
    play: async (stage) => {
      const { machine, target } = await beginDeployment(stage, 'lab-restart');
      await waitForRun(stage.site, target, isApplying, stage.log, stage.signal);
      await stage.site.stop('killed');
      stage.log('the server was killed');
      await sleep(10_000, undefined, { signal: stage.signal });
      await stage.site.start(stage.signal);
      stage.log('the server is back');
      const { run } = await waitUntilDeployed(stage, machine, target);
      const numbers = (await listMessages(stage.site, run.id, stage.signal)).map(({ sequence }) => sequence);
      stage.check(
        numbers.every((number, index) => number === index + 1),
        `all ${numbers.length} status messages arrived, each once`,
      );
    },
  },
];

async function playPowerCut(stage: Stage): Promise<void> {
  const { machine, target } = await beginDeployment(stage, 'lab-power-cut');
  const { site, signal } = stage;
  const cut = async (where: string): Promise<void> => {
    await machine.cutPower();
    stage.log(`power cut: ${where}`);
    await sleep(2000, undefined, { signal });
    await machine.powerOn(signal);
  };
  const isPartitioning = ({ step }: Run): boolean => step?.stepName.includes('Partition') === true;
  await cut(describeRun(await waitForRun(site, target, isPartitioning, stage.log, signal)));
  await cut(describeRun(await waitForRun(site, target, isApplying, stage.log, signal)));
  const isInstalling = ({ step, environment }: Run): boolean =>
    environment === 'installed-os' && step?.stepName.startsWith('Install Package') === true;
  await cut(describeRun(await waitForRun(site, target, isInstalling, stage.log, signal)));
  const { run, reached } = await waitUntilDeployed(stage, machine, target);
  const resumed = (await listMessages(site, run.id, signal)).filter(({ kind }) => kind === 'resumed');
  stage.check(resumed.length >= 3, 'the run says that it was resumed three times');
  const finished = (await reached.command('cat /root/slow-install', signal)).trim();
  stage.check(finished === 'finished', 'the package was installed to its end after the power cut');
}

/** Deploys the default image and a package whose installation takes long enough to be interrupted. */
async function beginDeployment(stage: Stage, name: string): Promise<{ readonly machine: Machine; readonly target: DeviceDeployment }> {
  const machine = await stage.addMachine({ name });
  const script = '#!/bin/sh\nset -e\nsleep 20\necho finished >/root/slow-install\n';
  const packageId = await addScriptPackage(stage, 'slow-install', script);
  const target = await arrangeDeployment(stage, machine, { imageId: stage.imageId, packageIds: [packageId] });
  await machine.powerOn(stage.signal);
  return { machine, target };
}

/** In the middle of the transfer: the step has begun to count bytes and is far from its end. */
function isApplying({ step }: Run): boolean {
  if (step?.stepName.startsWith('Apply Operating System') !== true) return false;
  const progress = step.progress;
  return progress !== null && progress.unit === 'bytes' && progress.total !== null && progress.done > progress.total * 0.1;
}
