/** Prepare OS for Capture: takes a Linux tree's identity and leavings away. */
import type { ImagingPort } from '../port.ts';

export interface GeneralizedItem {
  /** Such as `machine-id` or `ssh-host-keys`. */
  readonly item: string;
  /** Paths inside the tree that were changed or removed. */
  readonly paths: readonly string[];
}

export interface GeneralizeRequest {
  /** `/` on a running system, or the mount point of a tree. */
  readonly root: string;
  /** Paths inside the tree that must stay, such as the running agent's own state until it has captured. */
  readonly keep?: readonly string[];
}

export declare function generalizeTree(request: GeneralizeRequest, port: ImagingPort): Promise<GeneralizedItem[]>;
