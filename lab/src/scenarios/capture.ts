/** The way back: a reference computer becomes an image, and the next computer is deployed from it. */
import { deployRequired, importDevice, listMessages, waitForRun } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { addMarkerPackage, addScriptPackage } from '../package-files.ts';
import type { Stage } from '../stage.ts';
import { arrangeDeployment, waitUntilDeployed } from './deploy-to-machine.ts';
import type { Scenario } from './scenario.ts';

export const captureScenarios: readonly Scenario[] = [
  {
    name: 'build-and-capture',
    shows:
      'A reference computer gets the default image and a package and is captured; another, with another disk, is deployed from that: the package is there, the first one’s identity is not.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 60,
    play: async (stage) => {
      const reference = await stage.addMachine({ name: 'lab-reference' });
      const machineId = await buildAndCapture(stage, reference);
      await reference.cutPower();
      const { items } = await stage.site.call('images.list', {}, stage.signal);
      const captured = items.find(({ origin }) => origin === 'capture');
      stage.check(captured !== undefined, `the captured image is in the list: ${captured?.name ?? ''}`);
      const second = await stage.addMachine({ name: 'lab-second', diskSizesGiB: [12] });
      const target = await arrangeDeployment(stage, second, { imageId: captured?.id ?? '', packageIds: [] });
      await second.powerOn(stage.signal);
      const { reached } = await waitUntilDeployed(stage, second, target);
      const command = (line: string): Promise<string> => reached.command(line, stage.signal);
      stage.check((await command('cat /usr/share/lab-marker/marker')).startsWith('installed'), 'the package is there');
      stage.check((await command('cat /etc/machine-id')).trim() !== machineId, 'the machine id is another');
      const traces = await command(`grep -rlsI -e lab-reference -e ${machineId} /etc /root /var/lib /var/log /home 2>/dev/null || true`);
      stage.check(traces.trim() === '', `no file names the first computer${traces === '' ? '' : `: ${traces.trim()}`}`);
    },
  },
];

/** @returns the reference computer's machine id, before it was captured */
async function buildAndCapture(stage: Stage, machine: Machine): Promise<string> {
  const { site, signal, sshKey } = stage;
  const marker = await addMarkerPackage(stage, 'lab-marker');
  const identity = await addScriptPackage(stage, 'show-identity', '#!/bin/sh\necho "machine-id: $(cat /etc/machine-id)"\n');
  const device = await importDevice(site, machine, machine.name, signal);
  const body = {
    template: 'build-and-capture' as const,
    name: 'Build and capture',
    imageId: stage.imageId,
    packageIds: [marker, identity],
    capturedImageName: 'Captured reference',
    sshAuthorizedKeys: [sshKey.publicKey],
  };
  const { id } = await site.call('taskSequences.generate', { body }, signal);
  const deploymentId = await deployRequired(site, id, 'Reference computers', [device.id], signal);
  await machine.powerOn(signal);
  const run = await waitForRun(site, { deploymentId, deviceId: device.id }, ({ state }) => state === 'succeeded', stage.log, signal);
  const outputs = (await listMessages(site, run.id, signal)).map(({ output }) => output).join('\n');
  const machineId = /machine-id: (?<id>[0-9a-f]{32})/.exec(outputs)?.groups?.['id'];
  stage.check(machineId !== undefined, 'the reference computer told its machine id');
  return machineId ?? '';
}
