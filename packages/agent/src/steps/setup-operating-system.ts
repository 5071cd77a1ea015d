/**
 * Setup Operating System: the agent that goes on in the installed system, then fstab, initramfs and the boot loader. The boot loader comes
 * last: a disk whose deployment stopped before never starts. The engine restarts the computer afterwards.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OstlerError } from '@ostler/contract';
import type { TargetMount } from '@ostler/imaging';
import { installedDirectory } from '../config.ts';
import { installAgent, installClient, removeClient } from '../install-agent.ts';
import { containerPath, currentDisk, currentPath, provisioningKeyVariable, type TargetPartition } from '../target.ts';
import { applyMarkerPath } from './apply-image.ts';
import { imagingPort, succeeded, type StepContext, type StepHandler } from './step-context.ts';

export const setupOperatingSystem: StepHandler<'setup-operating-system'> = async (options, context) => {
  const { target, variables, imaging, facts, log } = context;
  const port = imagingPort(context);
  const root = await target.mountSystem(variables, port);
  const system = target.root(variables);
  if (system === undefined) throw new OstlerError('TARGET_NOT_READY', { missing: 'no image has been applied' });
  await installAgent(root, context.program, context.handOver);
  await assertAgentRuns(root, context);
  await setUpClient(root, options.keepClient, context);
  log.info({ root, keepClient: options.keepClient }, 'the agent is in the installed system');
  const kernelOptions = variables
    .expand(options.kernelOptions)
    .split(/\s+/)
    .filter((each) => each !== '');
  await writeVolumes(root, context);
  const report = await imaging.installBootLoader(
    {
      root,
      disk: await currentDisk(await containerPath(system), system.disk),
      firmware: facts.firmware,
      mounts: await Promise.all(target.partitions(variables).filter(isInFstab).map(targetMount)),
      kernelOptions,
      firmwareEntry: true,
    },
    port,
  );
  await rm(applyMarkerPath(join(root, installedDirectory)), { force: true });
  await imaging.run('sync', [], { signal: context.signal });
  const secureBoot = report.secureBoot ? ', Secure Boot' : '';
  return succeeded(`Kernel ${report.kernels.join(', ')}; boot loader ${report.target}${secureBoot}`, { bootLoader: report.target });
};

/** The key of a client that the computer had before ends: whatever disk it is on, this is the computer's system now. */
async function setUpClient(root: string, keep: boolean, { link, assignment, handOver, signal }: StepContext): Promise<void> {
  const request = { params: { id: assignment.runId }, body: { keep } };
  const { key } = await link.call('agent.setUpClient', request, { signal, patienceMs: Number.POSITIVE_INFINITY });
  const { server, ca, networkBootEntry } = handOver;
  if (key === null) await removeClient(root);
  else await installClient(root, { server, key, ca, networkBootEntry });
}

/** Encrypted partitions open by the key in clear until Enable Disk Encryption. */
async function writeVolumes(root: string, { target, variables, imaging }: StepContext): Promise<void> {
  const encrypted = target.partitions(variables).flatMap(({ encryption }) => (encryption === null ? [] : [encryption]));
  const volumes = encrypted.map((each) => ({ ...each, key: variables.get(provisioningKeyVariable(each.uuid)) ?? null, byTpm: false }));
  await imaging.writeStartVolumes(root, volumes);
}

/** The program was made for the boot environment: an image that lacks a library it needs is better found now than after the restart. */
async function assertAgentRuns(root: string, { imaging, signal }: StepContext): Promise<void> {
  try {
    const env = { LD_LIBRARY_PATH: `${installedDirectory}/lib` };
    await imaging.run('chroot', [root, `${installedDirectory}/node`, '--version'], { signal, env });
  } catch (error) {
    signal.throwIfAborted();
    const missing = 'the agent does not start in the image (it needs glibc 2.28 and libstdc++ 6 or newer)';
    throw new OstlerError('TARGET_NOT_READY', { missing }, { cause: error });
  }
}

function isInFstab({ uuid, mountPoint }: TargetPartition): boolean {
  return uuid !== null && mountPoint !== null;
}

async function targetMount(partition: TargetPartition): Promise<TargetMount> {
  const { uuid, fileSystem, mountPoint } = partition;
  return { path: await currentPath(partition), uuid: uuid ?? '', fileSystem, mountPoint: mountPoint ?? '' };
}
