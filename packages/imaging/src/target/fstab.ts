/** fstab(5): what a tree's says, and that of an applied tree: its local file systems by UUID; lines of the image about anything else stay. */
import type { FileSystem } from '../disk/partition-types.ts';

export interface TargetMount {
  /** The partition's device path. */
  readonly path: string;
  readonly uuid: string;
  readonly fileSystem: FileSystem;
  /** `/`, `/boot/efi`, `/srv` …, or `swap`. */
  readonly mountPoint: string;
}

const types: Readonly<Record<FileSystem, string>> = {
  ext4: 'ext4',
  xfs: 'xfs',
  btrfs: 'btrfs',
  fat32: 'vfat',
  ntfs: 'ntfs3',
  swap: 'swap',
  none: 'auto',
};
/** Checked at boot; XFS and btrfs check themselves. */
const checkedAtBoot: readonly FileSystem[] = ['ext4', 'fat32'];
/** Sources that are partitions of the machine the image came from. */
const localSource = /^(?:UUID|PARTUUID|LABEL|PARTLABEL|ID)=|^\/dev\//;

export interface FstabEntry {
  /** `UUID=…`, `LABEL=…`, `/dev/sda2` … */
  readonly source: string;
  readonly mountPoint: string;
  readonly type: string;
}

/** What the file says, in its order; lines that are not whole are left out. */
export function readFstab(text: string): FstabEntry[] {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/).map(unescaped));
  return lines.flatMap(([source = '', mountPoint, type]) =>
    source.startsWith('#') || mountPoint === undefined || type === undefined ? [] : [{ source, mountPoint, type }],
  );
}

/** Blanks and the like are written as octal numbers. */
function unescaped(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_whole, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));
}

/** The new file: outer mount points before inner ones, then what was in the image and does not name a local device. */
export function renderFstab(mounts: readonly TargetMount[], before: string): string {
  const kept = before.split('\n').filter((line) => {
    const [source = ''] = line.trim().split(/\s+/);
    return source !== '' && !source.startsWith('#') && !localSource.test(source);
  });
  const sorted = mounts.toSorted((a, b) => depth(a) - depth(b) || a.mountPoint.localeCompare(b.mountPoint));
  return ['# <file system> <mount point> <type> <options> <dump> <pass>', ...sorted.map(fstabLine), ...kept, ''].join('\n');
}

function fstabLine({ uuid, fileSystem, mountPoint }: TargetMount): string {
  const isSwap = fileSystem === 'swap';
  const place = isSwap ? 'none' : mountPoint.replaceAll(' ', String.raw`\040`);
  const pass = checkedAtBoot.includes(fileSystem) ? (mountPoint === '/' ? 1 : 2) : 0;
  return [`UUID=${uuid}`, place, types[fileSystem], optionsOf(fileSystem, mountPoint), 0, pass].join(' ');
}

function optionsOf(fileSystem: FileSystem, mountPoint: string): string {
  if (fileSystem === 'swap') return 'sw';
  if (mountPoint === '/boot/efi') return 'umask=0077';
  if (mountPoint === '/') return fileSystem === 'ext4' ? 'errors=remount-ro' : 'defaults';
  return 'defaults,nofail';
}

function depth({ mountPoint, fileSystem }: TargetMount): number {
  if (fileSystem === 'swap') return Number.MAX_SAFE_INTEGER;
  return mountPoint.split('/').filter((part) => part !== '').length;
}
