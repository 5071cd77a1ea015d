/**
 * Pre-provision Disk Encryption: the partition becomes a LUKS2 container before an image is applied to it, so that nothing was ever
 * written in clear. Until Enable Disk Encryption its key lies in clear beside it, as with BitLocker (feature map §2.4).
 */
import { OstlerError } from '@ostler/contract';
import { newRandomKey } from '@ostler/imaging';
import { hasTpm2 } from '../facts/tpm.ts';
import { containerPath, currentPath, provisioningKeyVariable, type TargetPartition } from '../target.ts';
import { resolveDestination } from './destination.ts';
import { imagingPort, succeeded, type StepContext, type StepHandler } from './step-context.ts';

export const preProvisionDiskEncryption: StepHandler<'pre-provision-disk-encryption'> = async (options, context) => {
  const { target, variables, imaging, log } = context;
  if (options.skipWithoutTpm && !(await hasTpm2())) return succeeded('This computer has no TPM 2.0: its disk is not encrypted.', {});
  const port = imagingPort(context);
  await target.unmountAll();
  const partition = await resolveDestination(options.destination, 'linux', context);
  checkPartition(partition, context);
  const container = await containerPath(partition);
  const key = newRandomKey();
  port.report({ activity: 'Encrypting the partition', done: 0, total: 2, unit: 'items' });
  const encryption = await imaging.encryptPartition(container, key, port);
  variables.set(provisioningKeyVariable(encryption.uuid), key, { secret: true });
  const encrypted = { ...partition, encryption };
  await imaging.openEncrypted(container, encryption, key, port);
  port.report({ activity: 'Formatting the encrypted partition', done: 1, total: 2, unit: 'items' });
  const path = await currentPath(encrypted);
  await imaging.formatDevice({ path, fileSystem: partition.fileSystem, label: '', quick: true }, context.signal);
  const { UUID } = await imaging.probeDevice(path, context.signal);
  target.update(variables, { ...encrypted, uuid: UUID ?? null, fresh: true });
  log.info({ partition: container, volumeId: encryption.uuid }, 'partition encrypted');
  return succeeded(`${container} is encrypted: volume ${encryption.uuid}`, { volumeId: encryption.uuid });
};

/** The boot loader reads its menu, the kernel and the initramfs from /boot: it cannot be inside. */
function checkPartition(partition: TargetPartition, { target, variables }: StepContext): void {
  const unsuitable = (problem: string): OstlerError => new OstlerError('DESTINATION_UNSUITABLE', { path: partition.path, problem });
  if (partition.encryption !== null) throw unsuitable('it is encrypted already');
  if (partition.use !== 'none') throw unsuitable('an image has been applied to it; encrypt it before that');
  if (partition.mountPoint === '/boot') throw unsuitable('the computer starts from /boot, which stays in clear');
  if (!target.partitions(variables).some(({ mountPoint }) => mountPoint === '/boot')) {
    throw unsuitable('the layout has no partition with mountPoint /boot, from which the computer could start');
  }
}
