import { BootImageOptions } from '@ostler/contract';
import { expect, test } from 'vitest';
import { parseLdd } from './build-initramfs.ts';
import { componentsFor, packagesToInstall, parseInstalledPackages } from './packages.ts';

test('extra and firmware packages are installed with the own ones, each once', () => {
  const options = BootImageOptions.parse({ extraPackages: ['nvme-cli', 'zstd'], firmwarePackages: ['firmware-bnx2'] });

  const packages = packagesToInstall(options);

  expect(packages).toEqual(expect.arrayContaining(['firmware-bnx2', 'linux-image-amd64', 'nvme-cli', 'wimtools']));
  expect(packages.filter((name) => name === 'zstd')).toHaveLength(1);
});

test('without firmware packages nothing comes from outside free software', () => {
  expect(componentsFor(BootImageOptions.parse({ firmwarePackages: [] }))).toBe('main');
  expect(componentsFor(BootImageOptions.parse({ firmwarePackages: ['firmware-bnx2'] }))).toBe('main,non-free-firmware');
});

test('installed packages are listed by name with their versions', () => {
  expect(parseInstalledPackages('zstd 1.5.7\nbash 5.2-1\n')).toEqual([
    { name: 'bash', version: '5.2-1' },
    { name: 'zstd', version: '1.5.7' },
  ]);
});

test('libraries are found in what ldd prints', () => {
  const text = `\tlinux-vdso.so.1 (0x00007ffd)
\tlibcurl.so.4 => /lib/x86_64-linux-gnu/libcurl.so.4 (0x00007f1)
\tlibz.so.1 => /usr/lib/x86_64-linux-gnu/libz.so.1 (0x00007f2)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f3)\n`;

  expect(parseLdd(text)).toEqual(['/lib/x86_64-linux-gnu/libcurl.so.4', '/lib/x86_64-linux-gnu/libz.so.1', '/lib64/ld-linux-x86-64.so.2']);
});
