/**
 * Disable Disk Encryption: suspends it, as Disable BitLocker does. The disk stays encrypted; a new key lies in clear beside it, so that
 * the computer starts after a change that the TPM would refuse. Enable Disk Encryption removes it.
 */
import { provisioningKeyVariable } from '../target.ts';
import { succeeded, type StepHandler } from './step-context.ts';

export const disableDiskEncryption: StepHandler<'disable-disk-encryption'> = async (_options, context) => {
  const { imaging, variables, signal, log } = context;
  const volumes = await imaging.readStartVolumes('/');
  const suspended: (typeof volumes)[number][] = [];
  for (const volume of volumes) {
    const key = volume.key ?? (await imaging.suspendProtection(`/dev/disk/by-uuid/${volume.uuid}`, { signal }));
    variables.set(provisioningKeyVariable(volume.uuid), key, { secret: true });
    suspended.push({ ...volume, key });
  }
  if (suspended.length > 0) await imaging.writeStartVolumes('/', suspended);
  await imaging.makeMarkedInitramfs('/', { signal }, (program, args) => imaging.run(program, args, { signal }));
  log.info({ volumes: suspended.map(({ uuid }) => uuid) }, 'disk encryption suspended');
  const what =
    suspended.length === 0 ? 'This computer has no encrypted disk.' : `Suspended: ${suspended.map(({ uuid }) => uuid).join(', ')}`;
  return succeeded(what, { volumes: suspended.length });
};
