/**
 * The disk that the run works on: its partitions, which of them holds the operating system, and where they are mounted now.
 * Partitions are kept in the run's variables `_OstlerTarget0…`, so that a run that goes on after a power cut mounts them again.
 */
import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FileSystem, OstlerError, PartitionType } from '@ostler/contract';
import type { FileSystem as FileSystemName, ImagingPort } from '@ostler/imaging';
import type { VariableScope } from '@ostler/task-sequence';
import { z } from 'zod';
import { installedDirectory } from './config.ts';
import type { ImagingOperations } from './imaging-operations.ts';

export const TargetPartition = z.object({
  /** Device path of the disk and its number for people, as they were when it was partitioned. */
  disk: z.string(),
  diskIndex: z.number().nullable(),
  number: z.number(),
  path: z.string(),
  partUuid: z.string().nullable(),
  uuid: z.string().nullable(),
  type: PartitionType,
  fileSystem: FileSystem,
  /** Formatted in this run, and nothing put on it since. */
  fresh: z.boolean(),
  use: z.enum(['root', 'data', 'none']),
  /** Where the installed system has it: `/`, `/boot/efi`, `swap` …; null is nowhere. */
  mountPoint: z.string().nullable(),
  /** The LUKS2 container on the partition, when the file system is inside one. */
  encryption: z.object({ uuid: z.string(), name: z.string() }).nullable().default(null),
});
export type TargetPartition = z.output<typeof TargetPartition>;

/** The run's variables, or those of its journal. */
type Values = Pick<VariableScope, 'get'>;

export interface TargetOptions {
  readonly imaging: Pick<ImagingOperations, 'mountFileSystem' | 'openEncrypted' | 'unmountBelow'>;
  /** Below it everything of the target is mounted. */
  readonly mountRoot: string;
}

/** What a Linux system can be on. */
export const linuxFileSystems: readonly FileSystemName[] = ['ext4', 'xfs', 'btrfs'];
const variablePrefix = '_OstlerTarget';
const byPartUuid = '/dev/disk/by-partuuid';

export class Target {
  readonly rootPath: string;
  readonly #volumesPath: string;
  readonly #options: TargetOptions;
  #rootMounted = false;

  constructor(options: TargetOptions) {
    this.#options = options;
    this.rootPath = join(options.mountRoot, 'root');
    this.#volumesPath = join(options.mountRoot, 'volumes');
  }

  partitions(variables: Values): TargetPartition[] {
    const found: TargetPartition[] = [];
    for (let number = 0; ; number += 1) {
      const text = variables.get(`${variablePrefix}${number}`);
      if (text === undefined) return found;
      found.push(TargetPartition.parse(JSON.parse(text)));
    }
  }

  /** Replaces what is known of one disk. */
  replaceDisk(variables: VariableScope, disk: string, partitions: readonly TargetPartition[]): void {
    const others = this.partitions(variables).filter((partition) => partition.disk !== disk);
    this.#write(variables, [...others, ...partitions]);
  }

  update(variables: VariableScope, changed: TargetPartition): void {
    const all = this.partitions(variables);
    const isKnown = all.some(({ path }) => path === changed.path);
    this.#write(variables, isKnown ? all.map((each) => (each.path === changed.path ? changed : each)) : [...all, changed]);
  }

  root(variables: Values): TargetPartition | undefined {
    return this.partitions(variables).find(({ use }) => use === 'root');
  }

  /** The agent's folder on the operating system's volume, while that is mounted. */
  stateDirectory(): string | null {
    return this.#rootMounted ? join(this.rootPath, installedDirectory) : null;
  }

  /** Mounts one partition as the operating system's volume, and those Linux file systems that belong below it. */
  async mountRoot(root: TargetPartition, port: ImagingPort, variables?: Values): Promise<void> {
    if (variables !== undefined) await this.open(root, variables, port);
    await this.#mount(root, this.rootPath, port);
    this.#rootMounted = true;
  }

  /** Linux file systems that an image's files go to, or come from, besides the root: a separate /boot, /home … @returns where they are mounted now. */
  async mountBelowRoot(variables: Values, port: ImagingPort): Promise<string[]> {
    // What a data image was applied to is the computer's, not the system's.
    const below = this.#below(variables).filter(({ fileSystem, use }) => linuxFileSystems.includes(fileSystem) && use !== 'data');
    for (const partition of below) {
      await this.open(partition, variables, port);
      await this.#mount(partition, join(this.rootPath, partition.mountPoint ?? ''), port);
    }
    return below.map(({ mountPoint }) => join(this.rootPath, mountPoint ?? ''));
  }

  /** Mounts the operating system with all that belongs below it. @throws OstlerError TARGET_NOT_READY */
  async mountSystem(variables: Values, port: ImagingPort): Promise<string> {
    const root = this.root(variables);
    if (root === undefined) throw new OstlerError('TARGET_NOT_READY', { missing: 'no image has been applied' });
    if (root.fileSystem === 'ntfs') throw new OstlerError('TARGET_NOT_READY', { missing: 'the applied image is not a Linux system' });
    await this.mountRoot(root, port, variables);
    for (const partition of this.#below(variables)) {
      await this.open(partition, variables, port);
      await this.#mount(partition, join(this.rootPath, partition.mountPoint ?? ''), port);
    }
    return this.rootPath;
  }

  /** Mounts a partition by itself, for its data or for staging. @returns where. */
  async mountVolume(partition: TargetPartition, port: ImagingPort): Promise<string> {
    const path = join(this.#volumesPath, partition.path.replaceAll('/', '-').slice(1));
    await this.#mount(partition, path, port);
    return path;
  }

  /** Everything of the target is unmounted, deepest first, with all written. */
  async unmountAll(): Promise<void> {
    this.#rootMounted = false;
    await this.#options.imaging.unmountBelow(this.#options.mountRoot);
  }

  /** What the installed system mounts below its root, outer folders first. */
  #below(variables: Values): TargetPartition[] {
    const below = this.partitions(variables).filter(({ mountPoint }) => mountPoint !== null && mountPoint !== '/' && mountPoint !== 'swap');
    return below.toSorted((a, b) => (a.mountPoint ?? '').length - (b.mountPoint ?? '').length);
  }

  /** Opens an encrypted partition with the run's key for it, unless it is open. @throws OstlerError VARIABLE_NOT_SET */
  async open(partition: TargetPartition, variables: Values, port: ImagingPort): Promise<void> {
    const { encryption } = partition;
    if (encryption === null) return;
    const variable = provisioningKeyVariable(encryption.uuid);
    const key = variables.get(variable);
    if (key === undefined) throw new OstlerError('VARIABLE_NOT_SET', { variable, purpose: 'it opens the encrypted partition' });
    await this.#options.imaging.openEncrypted(await containerPath(partition), encryption, key, port);
  }

  async #mount(partition: TargetPartition, mountPoint: string, port: ImagingPort): Promise<void> {
    await mkdir(mountPoint, { recursive: true });
    const device = await currentPath(partition);
    await this.#options.imaging.mountFileSystem({ device, mountPoint }, port);
  }

  #write(variables: VariableScope, partitions: readonly TargetPartition[]): void {
    const before = this.partitions(variables).length;
    for (let number = 0; number < Math.max(before, partitions.length); number += 1) {
      const partition = partitions[number];
      variables.set(`${variablePrefix}${number}`, partition === undefined ? '' : JSON.stringify(partition));
    }
  }
}

/** The variable, a secret one, with the key that opens an encrypted partition while it is being set up. */
export function provisioningKeyVariable(volumeId: string): string {
  return `_OstlerVolumeKey-${volumeId}`;
}

/** The device with the file system now. */
export async function currentPath(partition: Pick<TargetPartition, 'path' | 'partUuid' | 'encryption'>): Promise<string> {
  return partition.encryption === null ? containerPath(partition) : `/dev/mapper/${partition.encryption.name}`;
}

/** The partition's path now: names such as sda may have changed since a restart, the partition's own id has not. */
export async function containerPath({ path, partUuid }: Pick<TargetPartition, 'path' | 'partUuid'>): Promise<string> {
  return realpath(`${byPartUuid}/${partUuid ?? 'none'}`).catch(() => path);
}

/** The disk that a partition is on now; `known` where the kernel does not say. */
export async function currentDisk(partitionPath: string, known: string): Promise<string> {
  // In sysfs a partition is a folder inside its disk's.
  const place = await realpath(join('/sys/class/block', basename(partitionPath))).catch(() => null);
  return place === null ? known : `/dev/${basename(dirname(place))}`;
}
