/** What steps need of @ostler/imaging, as one value: the agent passes the real functions, tests pass others. */
import * as imaging from '@ostler/imaging';

export type ImagingOperations = Pick<
  typeof imaging,
  | 'applyDrivers'
  | 'applyNetworkSettings'
  | 'applyOsSettings'
  | 'applyWimImage'
  | 'archiveUserState'
  | 'captureUserState'
  | 'captureWimImage'
  | 'restoreUserState'
  | 'chooseDisk'
  | 'encryptPartition'
  | 'extractUserState'
  | 'endProvisioning'
  | 'flushDisks'
  | 'generalizeTree'
  | 'hasProgram'
  | 'initramfsWithKey'
  | 'insideTree'
  | 'installBootLoader'
  | 'listDisks'
  | 'formatDevice'
  | 'lookInto'
  | 'makeMarkedInitramfs'
  | 'mountFileSystem'
  | 'openEncrypted'
  | 'opensEncrypted'
  | 'partitionDisk'
  | 'probeDevice'
  | 'protectPartition'
  | 'describeLinuxTree'
  | 'readNetworkSettings'
  | 'readOsSettings'
  | 'readStartVolumes'
  | 'run'
  | 'suspendProtection'
  | 'unmountBelow'
  | 'writeStartVolumes'
>;

export const realImaging: ImagingOperations = imaging;
