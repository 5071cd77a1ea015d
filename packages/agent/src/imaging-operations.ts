/** What steps need of @ostler/imaging, as one value: the agent passes the real functions, tests pass others. */
import * as imaging from '@ostler/imaging';

export type ImagingOperations = Pick<
  typeof imaging,
  | 'applyNetworkSettings'
  | 'applyOsSettings'
  | 'applyWimImage'
  | 'captureWimImage'
  | 'chooseDisk'
  | 'generalizeTree'
  | 'hasProgram'
  | 'installBootLoader'
  | 'listDisks'
  | 'mountFileSystem'
  | 'partitionDisk'
  | 'run'
  | 'unmountBelow'
>;

export const realImaging: ImagingOperations = imaging;
