/** The part that most scenarios share: a computer is imported, switched on, deployed, and answers under its new name. */
import type { Device, Run } from '@ostler/contract';
import { deployRequired, generateInstall, importDevice, waitForRun, type DeviceDeployment, type InstallOptions } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { reachMachine, type Reached } from '../ssh.ts';
import type { Stage } from '../stage.ts';

export interface Deployed extends DeviceDeployment {
  readonly device: Device;
  readonly run: Run;
  readonly reached: Reached;
}

/** Imports the machine under its name and deploys the image to it, required. The machine stays off. */
export async function arrangeDeployment(
  stage: Stage,
  machine: Machine,
  options: InstallOptions,
): Promise<DeviceDeployment & { readonly device: Device }> {
  const { site, sshKey, signal } = stage;
  const device = await importDevice(site, machine, machine.name, signal);
  const name = `Install ${machine.name}`;
  const sequenceId = await generateInstall(site, { name, sshKey: sshKey.publicKey, ...options }, signal);
  const deploymentId = await deployRequired(site, sequenceId, `Computers of ${name}`, [device.id], signal);
  return { deploymentId, deviceId: device.id, device };
}

/** From power-on to an answer over ssh. */
export async function deployToMachine(stage: Stage, machine: Machine): Promise<Deployed> {
  const arranged = await arrangeDeployment(stage, machine, { imageId: stage.imageId, packageIds: [] });
  await machine.powerOn(stage.signal);
  return { ...arranged, ...(await waitUntilDeployed(stage, machine, arranged)) };
}

/** Waits for the run's success and for the machine's answer under its new name. */
export async function waitUntilDeployed(
  stage: Stage,
  machine: Machine,
  target: DeviceDeployment,
): Promise<{ readonly run: Run; readonly reached: Reached }> {
  const run = await waitForRun(stage.site, target, ({ state }) => state === 'succeeded', stage.log, stage.signal);
  const reached = await reachMachine(machine, stage.network, stage.sshKey, stage.signal);
  const hostName = (await reached.command('hostname', stage.signal)).trim();
  stage.check(hostName === machine.name, `the machine answers over ssh as ${machine.name}`);
  return { run, reached };
}
