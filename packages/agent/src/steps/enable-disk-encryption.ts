/**
 * Enable Disk Encryption: binds the provisioned volumes of the running system to its TPM, and keeps a recovery key at the site. The key
 * in clear goes last: a power cut at any moment leaves a disk that opens, and never one whose recovery key the site lacks.
 */
import { OstlerError, type StepOptions } from '@ostler/contract';
import { newRecoveryKey, type StartVolume } from '@ostler/imaging';
import { hasTpm2 } from '../facts/tpm.ts';
import { provisioningKeyVariable } from '../target.ts';
import { imagingPort, succeeded, type StepContext, type StepHandler } from './step-context.ts';

type Options = StepOptions<'enable-disk-encryption'>;

export const enableDiskEncryption: StepHandler<'enable-disk-encryption'> = async (options, context) => {
  const { imaging, variables, signal } = context;
  const volumes = await imaging.readStartVolumes('/');
  if (volumes.length === 0)
    throw new OstlerError('TARGET_NOT_READY', { missing: 'no partition was encrypted by Pre-provision Disk Encryption' });
  const byTpm = options.protector !== 'none';
  if (byTpm && !(await hasTpm2())) throw new OstlerError('TPM_MISSING', {});
  await context.loadSecrets('OSDBitLockerPIN OSDBitLockerRecoveryPassword');
  const provisioned = volumes.flatMap(({ key, ...volume }) => (key === null ? [] : [{ ...volume, key }]));
  for (const volume of provisioned) await protect(volume, options, context);
  const protectedVolumes = volumes.map((volume) => ({ ...volume, key: null, byTpm: volume.key === null ? volume.byTpm : byTpm }));
  await imaging.writeStartVolumes('/', protectedVolumes);
  await imaging.makeMarkedInitramfs('/', { signal }, (program, args) => imaging.run(program, args, { signal }));
  for (const volume of provisioned) {
    await imaging.endProvisioning(deviceOf(volume), volume.key, { signal });
    variables.set(provisioningKeyVariable(volume.uuid), '');
  }
  const names = volumes.map(({ uuid }) => uuid).join(', ');
  return succeeded(`Protected: ${names}`, { volumes: volumes.length, protector: options.protector });
};

async function protect(volume: StartVolume & { readonly key: string }, options: Options, context: StepContext): Promise<void> {
  const { imaging, log } = context;
  const partition = deviceOf(volume);
  if (!(await imaging.opensEncrypted(partition, volume.key, context.signal))) {
    log.info({ volumeId: volume.uuid }, 'the volume was protected before the interruption');
    return;
  }
  const recoveryKey = options.recoveryKey === 'site' ? await escrow(volume, context) : null;
  const tpm = options.protector === 'none' ? null : { tpm: 'auto', pcrs: options.pcrs, pin: pinOf(options, context) };
  await imaging.protectPartition({ partition, provisioningKey: volume.key, recoveryKey, tpm }, imagingPort(context));
  log.info({ volumeId: volume.uuid, protector: options.protector }, 'volume protected');
}

/** Before the key is added to the disk. */
async function escrow(volume: StartVolume, { variables, link, assignment, signal }: StepContext): Promise<string> {
  const key = variables.get('OSDBitLockerRecoveryPassword') ?? newRecoveryKey();
  // As a secret variable it is masked wherever a tool might echo it.
  variables.set('_OstlerRecoveryKey', key, { secret: true });
  const body = { volumeId: volume.uuid, mountPoint: '/', key };
  await link.call('agent.escrowRecoveryKey', { params: { id: assignment.runId }, body }, { signal, patienceMs: Number.POSITIVE_INFINITY });
  variables.set('_OstlerRecoveryKey', '');
  return key;
}

function pinOf({ protector, pinVariable }: Options, { variables }: StepContext): string | undefined {
  if (protector !== 'tpm-and-pin') return undefined;
  const pin = variables.get('OSDBitLockerPIN') ?? (pinVariable === undefined ? undefined : variables.get(pinVariable));
  if (pin !== undefined) return pin;
  throw new OstlerError('VARIABLE_NOT_SET', { variable: pinVariable ?? 'OSDBitLockerPIN', purpose: 'it should hold the PIN' });
}

function deviceOf({ uuid }: StartVolume): string {
  return `/dev/disk/by-uuid/${uuid}`;
}
