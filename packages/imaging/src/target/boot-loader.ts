/** The disk part of Setup Operating System: fstab and boot loader of an applied Linux tree. */
import type { ImagingPort } from '../port.ts';
import type { FileSystem } from '../disk/partition-types.ts';

export interface TargetMount {
  readonly path: string;
  readonly uuid: string;
  readonly fileSystem: FileSystem;
  /** `/`, `/boot/efi`, `/srv` …, or `swap`. */
  readonly mountPoint: string;
}

export interface BootLoaderRequest {
  /** Where the tree is mounted, with its EFI system partition and /boot mounted below it. */
  readonly root: string;
  /** The disk that the machine boots from, such as /dev/sda. */
  readonly disk: string;
  readonly firmware: 'bios' | 'uefi';
  readonly mounts: readonly TargetMount[];
  /** Added to the kernel command line, such as `console=ttyS0`. */
  readonly kernelOptions?: readonly string[];
  /** Writes the firmware's boot entry (efibootmgr); false in a build that is not on the machine itself. */
  readonly firmwareEntry: boolean;
}

export interface BootLoaderReport {
  readonly family: 'debian' | 'redhat';
  readonly kernels: readonly string[];
  readonly installed: readonly string[];
}

export declare function installBootLoader(request: BootLoaderRequest, port: ImagingPort): Promise<BootLoaderReport>;
