/**
 * Disk encryption with LUKS2: a container made before the image is applied, later bound to the TPM, with a recovery key.
 * What the installed system needs to open it is target/encryption-files.ts; keeping the recovery key is the caller's.
 */
import { randomBytes } from 'node:crypto';
import { access } from 'node:fs/promises';
import { OstlerError } from '@ostler/contract';
import type { ImagingPort } from '../port.ts';
import {
  addKey,
  addKeyByToken,
  formatLuks,
  luksUuid,
  newRandomKey,
  openLuks,
  opens,
  readLuksMetadata,
  removeKey,
} from '../tools/cryptsetup.ts';
import { enrolTpm, type TpmEnrolment } from '../tools/systemd-cryptenroll.ts';

export type { TpmEnrolment } from '../tools/systemd-cryptenroll.ts';
export { newRandomKey, opens as opensEncrypted } from '../tools/cryptsetup.ts';

/** The letters of recovery keys that systemd makes: at the same place on every keyboard layout. */
const modhex = 'cbdefghijklnrtuv';

/** 256 random bits as systemd-cryptenroll(1) writes them: 8 groups of 8 letters. It is typed at the start when nothing else opens the disk. */
export function newRecoveryKey(): string {
  const groups = Array.from({ length: 8 }, () => randomBytes(4).toString('hex'));
  return groups.map((group) => group.replaceAll(/./g, (digit) => modhex[Number.parseInt(digit, 16)] ?? '')).join('-');
}

export interface EncryptedDevice {
  /** Of the container, not of the file system in it. */
  readonly uuid: string;
  /** Where it is while it is open: /dev/mapper/NAME. */
  readonly name: string;
}

/** Makes the partition a container that the key opens. What was on it is lost. */
export async function encryptPartition(partition: string, key: string, { signal }: Pick<ImagingPort, 'signal'>): Promise<EncryptedDevice> {
  await formatLuks(partition, key, signal);
  const uuid = await luksUuid(partition, signal);
  return { uuid, name: `luks-${uuid}` };
}

/** Opens the container unless it is open already; answers the device with the file system. */
export async function openEncrypted(
  partition: string,
  { name }: EncryptedDevice,
  key: string,
  { signal }: Pick<ImagingPort, 'signal'>,
): Promise<string> {
  const path = `/dev/mapper/${name}`;
  const isOpen = await access(path).then(
    () => true,
    () => false,
  );
  if (!isOpen) await openLuks(partition, name, key, signal);
  return path;
}

export interface ProtectionRequest {
  readonly partition: string;
  /** The key that opens it now, in clear until the protection is on; it is removed at the end. */
  readonly provisioningKey: string;
  readonly recoveryKey: string | null;
  readonly tpm: TpmEnrolment | null;
}

/**
 * Adds the recovery key and the TPM, and tries each. The provisioning key still opens the container afterwards: `endProvisioning`
 * removes it, once the installed system starts without it. Again with the same keys adds nothing twice.
 * @throws OstlerError ENCRYPTION_KEY_WRONG before anything is changed, COMMAND_FAILED
 */
export async function protectPartition(request: ProtectionRequest, port: ImagingPort): Promise<void> {
  const { partition, provisioningKey, recoveryKey, tpm } = request;
  const { signal } = port;
  if (!(await opens(partition, provisioningKey, signal))) throw new OstlerError('ENCRYPTION_KEY_WRONG', { partition });
  if (recoveryKey !== null && !(await opens(partition, recoveryKey, signal))) {
    port.report({ activity: 'Adding the recovery key', done: 0, total: 2, unit: 'items' });
    await addKey(partition, { existing: provisioningKey, added: recoveryKey }, signal);
  }
  if (tpm === null) return;
  port.report({ activity: 'Binding the disk to the TPM', done: 1, total: 2, unit: 'items' });
  await enrolTpm(partition, provisioningKey, tpm, signal);
  if (!(await isBoundToTpm(partition, port))) throw new OstlerError('ENCRYPTION_TPM_FAILED', { partition });
}

/** Removes the provisioning key. Refused while it is the only way in. @throws OstlerError ENCRYPTION_LAST_KEY */
export async function endProvisioning(partition: string, provisioningKey: string, { signal }: Pick<ImagingPort, 'signal'>): Promise<void> {
  if (!(await opens(partition, provisioningKey, signal))) return;
  const { keyslots } = await readLuksMetadata(partition, signal);
  if (Object.keys(keyslots).length < 2) throw new OstlerError('ENCRYPTION_LAST_KEY', { partition });
  await removeKey(partition, provisioningKey, signal);
}

/** Whether a slot of the container is the TPM's. */
export async function isBoundToTpm(partition: string, { signal }: Pick<ImagingPort, 'signal'>): Promise<boolean> {
  const { tokens } = await readLuksMetadata(partition, signal);
  return Object.values(tokens).some(({ type, keyslots }) => type === 'systemd-tpm2' && keyslots.length > 0);
}

/** Lets a new random key open the container, by what the TPM releases now: protection is suspended while that key lies in clear. */
export async function suspendProtection(partition: string, { signal }: Pick<ImagingPort, 'signal'>): Promise<string> {
  const key = newRandomKey();
  await addKeyByToken(partition, key, signal);
  return key;
}
