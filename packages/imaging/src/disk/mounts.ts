/** Mounting and unmounting file systems. */
import type { ImagingPort } from "../port.ts";

export interface MountRequest {
  /** A block device. */
  readonly device: string;
  readonly mountPoint: string;
  readonly options?: readonly string[];
}

export declare function mountFileSystem(request: MountRequest, port: ImagingPort): Promise<void>;
/** Unmounts everything mounted at and below the path, deepest first. */
export declare function unmountBelow(path: string, port: Pick<ImagingPort, "log">): Promise<void>;
