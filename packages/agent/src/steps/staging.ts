/** Where an image file waits on the target while it is applied or sent: on the volume itself, on another one, or in memory. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freeBytes } from '@ostler/content';
import { formatBytes, OstlerError } from '@ostler/contract';
import type { FileSystem } from '@ostler/imaging';
import type { TargetPartition } from '../target.ts';
import { imagingPort, type StepContext } from './step-context.ts';

export interface StagingRequest {
  readonly fileBytes: number;
  /** The volume being worked on, when files can be put on it, and what else has to fit there. */
  readonly volume: { readonly folder: string; readonly alsoBytes: number } | null;
  /** Never a staging place: the partition that is overwritten. */
  readonly except: TargetPartition;
  readonly purpose: string;
}

/** Left alone for the programs that work while the file is in memory. */
const memoryReserveBytes = 768 * 1024 * 1024;
const stagingFileSystems: readonly FileSystem[] = ['ext4', 'xfs', 'btrfs'];

/**
 * Chooses the folder. What an interrupted try has left there counts as free: it is overwritten or continued.
 * @throws OstlerError STAGING_SPACE
 */
export async function chooseStaging(request: StagingRequest, context: StepContext): Promise<string> {
  const { fileBytes, volume, except, purpose } = request;
  const found: string[] = [];
  if (volume !== null) {
    const free = await freeBytes(volume.folder);
    if (free >= fileBytes + volume.alsoBytes) return volume.folder;
    found.push(`${except.path} has ${formatBytes(free)} free`);
  }
  for (const partition of otherVolumes(context, except)) {
    const folder = join(await context.target.mountVolume(partition, imagingPort(context)), '.ostler');
    const free = await freeBytes(join(folder, '..'));
    if (free >= fileBytes) return folder;
    found.push(`${partition.path} has ${formatBytes(free)} free`);
  }
  await mkdir(context.memoryDirectory, { recursive: true, mode: 0o700 });
  const memory = Math.min((await availableMemoryBytes()) - memoryReserveBytes, await freeBytes(context.memoryDirectory));
  if (memory >= fileBytes) return join(context.memoryDirectory, 'staging');
  const needed = formatBytes(fileBytes + (volume?.alsoBytes ?? 0));
  throw new OstlerError('STAGING_SPACE', {
    needed,
    purpose,
    found: [...found, `memory for ${formatBytes(Math.max(0, memory))}`].join(', '),
  });
}

function otherVolumes({ target, variables }: StepContext, except: TargetPartition): TargetPartition[] {
  return target.partitions(variables).filter((each) => each.path !== except.path && stagingFileSystems.includes(each.fileSystem));
}

async function availableMemoryBytes(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8');
  return Number(/^MemAvailable:\s+(?<kib>\d+) kB/m.exec(text)?.groups?.['kib'] ?? 0) * 1024;
}
