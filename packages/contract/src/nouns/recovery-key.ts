/** Recovery keys of encrypted disks: what a person types where neither TPM nor PIN opens a disk any more. */
import { z } from 'zod';
import { Id, Timestamp } from './common.ts';

/** The id of an encrypted volume, as the disk carries it and as the computer shows it where it asks for the key. */
export const VolumeId = z.uuid();

/** Sent before the key is added to the disk, so that no disk ever has a key that the site lacks. */
export const EscrowRecoveryKey = z.strictObject({
  volumeId: VolumeId,
  /** Where the installed system has it: `/`. */
  mountPoint: z.string().max(255),
  key: z.string().min(8).max(512),
});
export type EscrowRecoveryKey = z.output<typeof EscrowRecoveryKey>;

/** What is known of a key without showing it. It outlives its device: the disk may be in another computer. */
export const RecoveryKey = z.strictObject({
  id: Id,
  deviceId: Id,
  deviceName: z.string(),
  volumeId: VolumeId,
  mountPoint: z.string(),
  createdAt: Timestamp,
});
export type RecoveryKey = z.output<typeof RecoveryKey>;
export const RevealedRecoveryKey = RecoveryKey.extend({ key: z.string() });
