/**
 * What a new operating system takes over from the one in whose place it comes, where this run has not partitioned the disk: the EFI system
 * partition, a separate /boot, swap. Others, such as a separate /home, are neither changed nor mounted: what is on them is somebody's.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFstab, readTreeFile, type FstabEntry } from '@ostler/imaging';
import { z } from 'zod';
import { writeFileAtomically } from '../atomic-file.ts';
import { installedDirectory } from '../config.ts';
import { linuxFileSystems, TargetPartition } from '../target.ts';
import { listExisting, namedBy, type ExistingPartition } from './existing-partition.ts';
import type { StepContext } from './step-context.ts';

/** Written before the old system is removed: after an interruption its fstab is gone. */
const Adopted = z.object({ runId: z.string(), partitions: z.array(TargetPartition) });
const fileName = 'adopted-partitions.json';

/** Adds to the target what belongs to the system on its mounted root, unless this run made that, or has adopted for it. What the run made itself comes first. */
export async function adoptPartitions(root: TargetPartition, context: StepContext): Promise<void> {
  const { target, variables, assignment, log } = context;
  const known = target.partitions(variables);
  if (known.some(({ path }) => path === root.path)) return;
  const folder = join(target.rootPath, installedDirectory);
  const found = (await readAdopted(folder, assignment.runId)) ?? (await findPartitions(root, context));
  const isFree = ({ path, mountPoint }: TargetPartition): boolean =>
    known.every((each) => each.path !== path && (mountPoint === 'swap' || each.mountPoint !== mountPoint));
  const adopted = found.filter(isFree);
  await writeAdopted(folder, { runId: assignment.runId, partitions: adopted }).catch((error: unknown) => {
    // A disk that is full is a reason to refresh it: what is lost is only the memory of an interruption.
    log.warn({ err: error }, 'the partitions of the former system cannot be noted on its disk');
  });
  for (const partition of adopted) target.update(variables, partition);
  log.info({ root: root.path, adopted: adopted.map(({ path, mountPoint }) => `${path} ${mountPoint}`) }, 'partitions of the former system');
}

async function findPartitions(root: TargetPartition, context: StepContext): Promise<TargetPartition[]> {
  const fstab = readFstab((await readTreeFile(context.target.rootPath, 'etc/fstab')) ?? '');
  const existing = (await listExisting(context)).filter(({ partition }) => partition.path !== root.path);
  const efi = context.facts.firmware === 'uefi' ? efiPartition(root, existing, fstab) : undefined;
  const boot = fstab.filter(({ mountPoint }) => mountPoint === '/boot').map((entry) => namedBy(entry, existing));
  const swap = fstab.filter(({ type }) => type === 'swap').map((entry) => namedBy(entry, existing));
  return [
    ...mountedAt('/boot/efi', [efi]),
    // On another one the files of /boot go to the root, from which a computer starts as well.
    ...mountedAt('/boot', boot)
      .filter(({ fileSystem }) => linuxFileSystems.includes(fileSystem))
      .slice(0, 1),
    ...mountedAt('swap', swap).filter(({ fileSystem }) => fileSystem === 'swap'),
  ];
}

function mountedAt(mountPoint: string, found: readonly (ExistingPartition | undefined)[]): TargetPartition[] {
  return found.flatMap((each) => (each === undefined ? [] : [{ ...each.partition, mountPoint }]));
}

/**
 * Firmware may be told of one on another disk, but a disk that is put into another computer starts from its own: so it is one of the root's
 * disk. Of several the one that the former system has at /boot/efi, otherwise the first of the disk.
 */
function efiPartition(root: TargetPartition, existing: readonly ExistingPartition[], fstab: readonly FstabEntry[]) {
  const own = existing
    .filter(({ partition: { disk, type, fileSystem } }) => disk === root.disk && type === 'efi' && fileSystem === 'fat32')
    .toSorted((a, b) => a.partition.number - b.partition.number);
  const entry = fstab.find(({ mountPoint }) => mountPoint === '/boot/efi');
  return (entry === undefined ? undefined : namedBy(entry, own)) ?? own[0];
}

async function readAdopted(folder: string, runId: string): Promise<TargetPartition[] | null> {
  const text = await readFile(join(folder, fileName), 'utf8').catch(() => null);
  if (text === null) return null;
  const adopted = Adopted.parse(JSON.parse(text));
  return adopted.runId === runId ? adopted.partitions : null;
}

function writeAdopted(folder: string, adopted: z.output<typeof Adopted>): Promise<void> {
  return writeFileAtomically(join(folder, fileName), JSON.stringify(adopted), 0o600);
}
