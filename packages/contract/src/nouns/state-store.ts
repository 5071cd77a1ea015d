/** State stores: users' files and accounts kept at the site while their computer is replaced or installed anew (feature map §1.12, §1.13). */
import { z } from 'zod';
import { Id, Sha256, SizeBytes, Timestamp } from './common.ts';

/**
 * open: its computer may write; complete: whole, and read-only; restored: brought back, kept until `expiresAt`; expired: its content has been
 * deleted.
 */
export const StateStoreState = z.enum(['open', 'complete', 'restored', 'expired']);
export type StateStoreState = z.output<typeof StateStoreState>;

export const StateStore = z.strictObject({
  id: Id,
  state: StateStoreState,
  /** Where it was captured. It outlives its device: the files may be wanted after the computer has been forgotten. */
  deviceId: Id,
  deviceName: z.string(),
  runId: Id,
  /** The computer that brought it back, or is about to. */
  restoreDeviceId: Id.nullable(),
  restoreDeviceName: z.string().nullable(),
  /** What it takes at the site; while it is open, what has been set aside for it. */
  sizeBytes: SizeBytes,
  /** Of its sealed content, once all of it has arrived and was verified. */
  sha256: Sha256.nullable(),
  createdAt: Timestamp,
  completedAt: Timestamp.nullable(),
  restoredAt: Timestamp.nullable(),
  expiresAt: Timestamp.nullable(),
});
export type StateStore = z.output<typeof StateStore>;

/** What a run wants of a state store. */
export const StateStorePurpose = z.enum(['capture', 'restore']);
export type StateStorePurpose = z.output<typeof StateStorePurpose>;
export const RequestStateStore = z.strictObject({ purpose: StateStorePurpose });
export const GrantedStateStore = z.strictObject({ id: Id, deviceName: z.string() });
export type GrantedStateStore = z.output<typeof GrantedStateStore>;
/** What opens and describes the content. The key: 32 bytes, given to the run that may use the store and to nobody else. */
export const StateStoreAccess = z.strictObject({
  key: z.base64().length(44),
  sizeBytes: SizeBytes,
  sha256: Sha256.nullable(),
});
export type StateStoreAccess = z.output<typeof StateStoreAccess>;
/** How much room is to be set aside. */
export const BeginStateStore = z.strictObject({ expectedBytes: SizeBytes });
export const FinishStateStore = z.strictObject({ sizeBytes: SizeBytes, sha256: Sha256 });
/** How much of an upload without an announced end has arrived. */
export const ReceivedContent = z.strictObject({ receivedBytes: SizeBytes });
export const ReleasedStateStore = z.strictObject({ state: StateStoreState });
export const StateStoreParams = z.strictObject({ id: Id, storeId: Id });

/** A computer that may restore what another one captured (computer association). */
export const DeviceAssociation = z.strictObject({
  sourceId: Id,
  sourceName: z.string(),
  destinationId: Id,
  destinationName: z.string(),
  createdAt: Timestamp,
});
export type DeviceAssociation = z.output<typeof DeviceAssociation>;
export const DeviceAssociationParams = z.strictObject({ id: Id, destinationId: Id });
