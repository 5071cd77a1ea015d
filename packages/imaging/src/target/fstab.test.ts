import { expect, test } from 'vitest';
import { readFstab, renderFstab } from './fstab.ts';

test('fstab names this machine by UUID, outer before inner, and keeps what is not a local device', () => {
  const mounts = [
    { path: '/dev/sda2', uuid: 'S', fileSystem: 'swap', mountPoint: 'swap' },
    { path: '/dev/sda1', uuid: 'E', fileSystem: 'fat32', mountPoint: '/boot/efi' },
    { path: '/dev/sda4', uuid: 'D', fileSystem: 'xfs', mountPoint: '/srv/my data' },
    { path: '/dev/sda3', uuid: 'R', fileSystem: 'ext4', mountPoint: '/' },
  ] as const;
  const before =
    '# old\nUUID=old / ext4 defaults 0 1\n/dev/sdb1 /x ext4 defaults 0 2\nserver:/home /home nfs defaults 0 0\ntmpfs /tmp tmpfs size=1G 0 0\n';

  expect(renderFstab(mounts, before).split('\n').slice(1)).toEqual([
    'UUID=R / ext4 errors=remount-ro 0 1',
    'UUID=E /boot/efi vfat umask=0077 0 2',
    String.raw`UUID=D /srv/my\040data xfs defaults,nofail 0 0`,
    'UUID=S none swap sw 0 0',
    'server:/home /home nfs defaults 0 0',
    'tmpfs /tmp tmpfs size=1G 0 0',
    '',
  ]);
});

test('what a system mounts is read from its fstab, blanks in names included, comments and broken lines left out', () => {
  const text =
    '# <file system> …\nUUID=R / ext4 errors=remount-ro 0 1\n\n  LABEL=my\\040boot\t/boot ext2 defaults\nUUID=S none swap sw 0 0\nbroken\n';

  expect(readFstab(text)).toEqual([
    { source: 'UUID=R', mountPoint: '/', type: 'ext4' },
    { source: 'LABEL=my boot', mountPoint: '/boot', type: 'ext2' },
    { source: 'UUID=S', mountPoint: 'none', type: 'swap' },
  ]);
});
