/** The mkfs programs: one file system on one block device. */
import { labelBytes, type FileSystem } from '../disk/partition-types.ts';
import { run } from '../run.ts';

export interface FormatRequest {
  readonly path: string;
  readonly fileSystem: FileSystem;
  /** Shortened to what the file system holds. */
  readonly label: string;
  /** false: also write what can be written later (ext4's tables, all of an NTFS volume). */
  readonly quick: boolean;
}

type FormatCommand = (request: FormatRequest) => readonly [program: string, ...args: string[]];

/**
 * Newer mke2fs turns on features that GRUB 2.06 and older e2fsck refuse; the image decides which GRUB reads the disk,
 * so they stay off. The same for XFS's large extent counters, which GRUB 2.06 does not know.
 */
const ext4PortableFeatures = '^metadata_csum_seed,^orphan_file';
const xfsPortableFeatures = 'nrext64=0';

const commands: Readonly<Record<Exclude<FileSystem, 'none'>, FormatCommand>> = {
  ext4: ({ path, quick, ...rest }) => {
    const lazy = quick ? 1 : 0;
    const extended = `lazy_itable_init=${lazy},lazy_journal_init=${lazy}`;
    return ['mkfs.ext4', '-q', '-F', '-O', ext4PortableFeatures, '-E', extended, ...labelArgs('-L', rest), path];
  },
  xfs: ({ path, ...rest }) => ['mkfs.xfs', '-q', '-f', '-i', xfsPortableFeatures, ...labelArgs('-L', rest), path],
  btrfs: ({ path, ...rest }) => ['mkfs.btrfs', '-q', '-f', ...labelArgs('-L', rest), path],
  fat32: ({ path, ...rest }) => ['mkfs.vfat', '-F', '32', ...labelArgs('-n', rest), path],
  ntfs: ({ path, quick, ...rest }) => ['mkfs.ntfs', '-F', ...(quick ? ['-Q'] : []), ...labelArgs('-L', rest), path],
  swap: ({ path, ...rest }) => ['mkswap', '-f', ...labelArgs('-L', rest), path],
};

export async function formatDevice(request: FormatRequest, signal: AbortSignal): Promise<void> {
  if (request.fileSystem === 'none') return;
  const [program, ...args] = commands[request.fileSystem](request);
  await run(program, args, { signal });
}

/** The label as the file system can hold it: FAT in upper case without the characters it forbids. */
export function labelOf(fileSystem: FileSystem, label: string): string {
  const text = fileSystem === 'fat32' ? label.toUpperCase().replaceAll(/[^A-Z0-9 _-]/g, '_') : label;
  let short = text;
  while (Buffer.byteLength(short) > labelBytes[fileSystem]) short = short.slice(0, -1);
  return short.trim();
}

function labelArgs(option: string, { fileSystem, label }: Pick<FormatRequest, 'fileSystem' | 'label'>): string[] {
  const text = labelOf(fileSystem, label);
  return text === '' ? [] : [option, text];
}
