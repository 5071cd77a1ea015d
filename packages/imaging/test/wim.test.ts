import { chmod, chown, link, lstat, mkdir, readFile, readdir, readlink, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../src/run.ts';
import { formatDevice } from '../src/tools/mkfs.ts';
import { readWimFile } from '../src/wim/wim-file.ts';
import {
  applyWimImage,
  captureWimImage,
  exportWimImage,
  linuxCaptureExclusions,
  setWimImageProperties,
  verifyWim,
} from '../src/wim/wim.ts';
import { aFolder, aLoopDisk, aPort } from './loop-disk.ts';

const isRoot = process.getuid?.() === 0;

/** A small Linux tree with everything that is easily lost on the way. */
async function aTree(root: string): Promise<void> {
  for (const folder of ['etc', 'usr/bin', 'tmp', 'proc', 'var/lib/ostler']) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, 'etc/os-release'), 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n');
  await writeFile(join(root, 'usr/bin/env'), await readFile('/usr/bin/env'));
  await writeFile(join(root, 'usr/bin/tool'), 'x'.repeat(300_000));
  await chown(join(root, 'usr/bin/tool'), 1234, 5678);
  await chmod(join(root, 'usr/bin/tool'), 0o4750);
  await link(join(root, 'usr/bin/tool'), join(root, 'usr/bin/same'));
  await symlink('../bin/tool', join(root, 'usr/bin/relative'));
  await symlink('/etc/os-release', join(root, 'usr/bin/absolute'));
  await writeFile(join(root, 'usr/bin/ping'), 'p');
  const { signal } = aPort();
  await run('setcap', ['cap_net_raw+ep', join(root, 'usr/bin/ping')], { signal });
  await run('mkfifo', [join(root, 'etc/pipe')], { signal });
  await writeFile(join(root, 'tmp/scratch'), 'not for the image');
  await writeFile(join(root, 'etc/übung ‘1’'), 'name');
  await chmod(join(root, 'tmp'), 0o1777);
}

async function aWim(folder: string, options: { readonly compression?: 'xpress' | 'lzx' | 'none' } = {}): Promise<string> {
  const source = join(folder, 'source');
  await aTree(source);
  const destination = join(folder, 'image.wim');
  const { compression = 'xpress' } = options;
  const request = { source, destination, compression, name: 'Läb & <image>', description: 'For tests', exclude: linuxCaptureExclusions };
  await captureWimImage(request, aPort());
  return destination;
}

describe.skipIf(!isRoot)('capturing and applying with wimlib-imagex (needs root for owners and devices)', () => {
  test('owners, modes, links, capabilities and odd names survive the round trip; what belongs to the machine is left out', async () => {
    await using folder = await aFolder();
    const wim = await aWim(folder.path);
    const target = join(folder.path, 'target');
    await mkdir(target);
    const port = aPort();

    await applyWimImage({ wim, index: 1, target: { kind: 'directory', path: target } }, port);

    const tool = await stat(join(target, 'usr/bin/tool'));
    expect([tool.uid, tool.gid, tool.mode & 0o7777, tool.nlink]).toEqual([1234, 5678, 0o4750, 2]);
    expect((await stat(join(target, 'usr/bin/same'))).ino).toBe(tool.ino);
    expect(await readlink(join(target, 'usr/bin/relative'))).toBe('../bin/tool');
    expect(await readlink(join(target, 'usr/bin/absolute'))).toBe('/etc/os-release');
    expect((await lstat(join(target, 'etc/pipe'))).isFIFO()).toBe(true);
    expect((await run('getcap', [join(target, 'usr/bin/ping')], { signal: port.signal })).stdout).toContain('cap_net_raw=ep');
    expect(await readFile(join(target, 'etc/übung ‘1’'), 'utf8')).toBe('name');
    expect([(await stat(join(target, 'tmp'))).mode & 0o7777, await readdir(join(target, 'tmp'))]).toEqual([0o1777, []]);
    expect(await readdir(join(target, 'var/lib'))).toEqual([]);
    const last = port.reports.findLast(({ activity }) => activity === 'Applying files');
    expect(last?.done).toBe(last?.total);
    expect(last?.unit).toBe('bytes');
  });

  test('a captured image says what it is', async () => {
    await using folder = await aFolder();
    const wim = await aWim(folder.path, { compression: 'lzx' });

    const file = await readWimFile(wim);

    expect(file).toMatchObject({
      compression: 'lzx',
      solid: false,
      pipable: false,
      partNumber: 1,
      totalParts: 1,
      bootIndex: 0,
      integrityTable: false,
    });
    expect(file.images).toHaveLength(1);
    expect(file.images[0]).toMatchObject({
      index: 1,
      name: 'Läb & <image>',
      description: 'For tests',
      edition: 'debian',
      architecture: 'amd64',
      osVersion: '13',
      family: 'linux',
    });
    const image = file.images[0]!;
    expect(image.sizeBytes - image.hardLinkBytes).toBeGreaterThan(300_000);
    expect(image.fileCount).toBeGreaterThan(5);
    expect(Date.parse(image.createdAt ?? '')).toBeGreaterThan(Date.parse('2026-01-01'));
  });

  test('an image applies to an NTFS volume that is not mounted', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 32 });
    const wim = await aWim(disk.folder);
    await formatDevice({ path: disk.path, fileSystem: 'ntfs', label: 'Windows', quick: true }, aPort().signal);

    await applyWimImage({ wim, index: 1, target: { kind: 'ntfs-device', path: disk.path } }, aPort());

    const { stdout } = await run('ntfsls', ['--path', '/usr/bin', disk.path], { signal: aPort().signal });
    expect(stdout).toContain('tool');
  });

  test('one index of several is exported alone, and properties are set', async () => {
    await using folder = await aFolder();
    const wim = await aWim(folder.path);
    const { signal } = aPort();
    await run('wimlib-imagex', ['append', join(folder.path, 'source/etc'), wim, 'second', '--unix-data'], { signal });
    const destination = join(folder.path, 'one.wim');

    await exportWimImage({ source: wim, index: 2, destination, compression: 'lzx' }, aPort());
    await setWimImageProperties(destination, 1, { NAME: 'Zweites "Bild"', FLAGS: 'Server' }, aPort());

    const file = await readWimFile(destination);
    expect(file.compression).toBe('lzx');
    expect(file.images.map(({ name, edition }) => [name, edition])).toEqual([['Zweites "Bild"', 'Server']]);
    await verifyWim(destination, aPort());
    await expect(exportWimImage({ source: wim, index: 3, destination, compression: 'lzx' }, aPort())).rejects.toMatchObject({
      code: 'IMAGE_INDEX_NOT_FOUND',
      details: { index: 3, count: 2 },
    });
  });

  test('an image that does not fit is refused before a file is written, one that fills the volume says so', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 32 });
    const source = join(disk.folder, 'big');
    await mkdir(source);
    await writeFile(join(source, 'zeros'), Buffer.alloc(40 * 1024 * 1024));
    const wim = join(disk.folder, 'big.wim');
    await captureWimImage({ source, destination: wim, compression: 'xpress', name: 'big', description: '', exclude: [] }, aPort());
    await formatDevice({ path: disk.path, fileSystem: 'ext4', label: '', quick: true }, aPort().signal);
    const small = join(disk.folder, 'small');
    await mkdir(small);
    await run('mount', [disk.path, small], { signal: aPort().signal });

    await expect(applyWimImage({ wim, index: 1, target: { kind: 'directory', path: small } }, aPort())).rejects.toMatchObject({
      code: 'IMAGE_TARGET_TOO_SMALL',
      details: { needed: '40 MiB' },
    });

    expect(await readdir(small)).toEqual(['lost+found']);
    await writeFile(join(source, 'noise'), (await import('node:crypto')).randomBytes(40 * 1024 * 1024));
    const destination = join(small, 'captured.wim');
    const capture = captureWimImage({ source, destination, compression: 'none', name: 'big', description: '', exclude: [] }, aPort());
    await expect(capture).rejects.toMatchObject({ code: 'IMAGE_TARGET_FULL' });
    expect(await readdir(small)).toEqual(['lost+found']);
  });

  test('cancelling stops wimlib and leaves no half-written image', async () => {
    await using folder = await aFolder();
    const source = join(folder.path, 'source');
    await mkdir(source);
    await writeFile(join(source, 'noise'), (await import('node:crypto')).randomBytes(60 * 1024 * 1024));
    const stop = new AbortController();
    const port = { signal: stop.signal, report: () => stop.abort(new Error('stopped')) };

    const capture = captureWimImage(
      { source, destination: join(folder.path, 'a.wim'), compression: 'lzx', name: 'n', description: '', exclude: [] },
      port,
    );

    await expect(capture).rejects.toThrow('stopped');
    expect(await readdir(folder.path)).toEqual(['source']);
  });

  test('a missing source and properties that XML cannot hold are refused', async () => {
    await using folder = await aFolder();
    const request = {
      source: join(folder.path, 'none'),
      destination: join(folder.path, 'a.wim'),
      compression: 'xpress',
      description: '',
      exclude: [],
    } as const;

    await expect(captureWimImage({ ...request, name: 'n' }, aPort())).rejects.toMatchObject({ code: 'IMAGE_SOURCE_MISSING' });
    await expect(captureWimImage({ ...request, source: folder.path, name: 'a\u0007b' }, aPort())).rejects.toMatchObject({
      code: 'IMAGE_PROPERTY_INVALID',
    });
    await expect(
      captureWimImage({ ...request, source: folder.path, name: 'n', properties: { 'a b': 'c' } }, aPort()),
    ).rejects.toMatchObject({ code: 'IMAGE_PROPERTY_INVALID' });
  });
});

describe.skipIf(!isRoot)('every defect of an image file has its own error', () => {
  const code = (expected: string): unknown => expect.objectContaining({ code: expected });

  test('missing, empty, another kind of file, and a header cut short', async () => {
    await using folder = await aFolder();
    const path = join(folder.path, 'image.wim');

    await expect(readWimFile(path)).rejects.toEqual(code('IMAGE_NOT_FOUND'));
    await writeFile(path, '');
    await expect(readWimFile(path)).rejects.toThrow('begins with nothing (it is empty)');
    await writeFile(path, 'PK\u0003\u0004 a zip archive');
    await expect(readWimFile(path)).rejects.toEqual(code('IMAGE_NOT_A_WIM'));
    await writeFile(path, 'MSWIM\0\0\0rest');
    await expect(readWimFile(path)).rejects.toEqual(code('IMAGE_TRUNCATED'));
  });

  test('cut short anywhere', async () => {
    await using folder = await aFolder();
    const wim = await aWim(folder.path);
    const { size } = await stat(wim);

    for (const left of [size - 1, Math.floor(size / 2), 300]) {
      await truncate(wim, left);
      await expect(readWimFile(wim)).rejects.toMatchObject({ code: 'IMAGE_TRUNCATED', details: { actualBytes: left } });
    }
  });

  test('a flipped bit in the data is found by verification and by applying', async () => {
    await using folder = await aFolder();
    const wim = await aWim(folder.path, { compression: 'none' });
    const bytes = await readFile(wim);
    const at = bytes.indexOf('xxxxxxxxxx');
    bytes[at] = 0x79;
    await writeFile(wim, bytes);
    const target = join(folder.path, 'target');
    await mkdir(target);

    await expect(verifyWim(wim, aPort())).rejects.toEqual(code('IMAGE_CORRUPT'));
    await expect(applyWimImage({ wim, index: 1, target: { kind: 'directory', path: target } }, aPort())).rejects.toThrow(
      'a file in it does not match its SHA-1 hash',
    );
  });

  test('a part of a split image', async () => {
    await using folder = await aFolder();
    const source = join(folder.path, 's');
    await mkdir(source);
    const { randomBytes } = await import('node:crypto');
    for (const name of ['a', 'b', 'c']) await writeFile(join(source, name), randomBytes(1_000_000));
    const wim = join(folder.path, 'whole.wim');
    await captureWimImage({ source, destination: wim, compression: 'none', name: 'n', description: '', exclude: [] }, aPort());
    await run('wimlib-imagex', ['split', wim, join(folder.path, 'part.swm'), '1'], { signal: aPort().signal });

    await expect(readWimFile(join(folder.path, 'part2.swm'))).rejects.toMatchObject({ code: 'IMAGE_SPLIT', details: { partNumber: 2 } });
  });

  test('a solid ESD and a pipable WIM are read, a pipable one also when cut short', async () => {
    await using folder = await aFolder();
    const wim = await aWim(folder.path);
    const [esd, pipable] = [join(folder.path, 'a.esd'), join(folder.path, 'p.wim')];
    const { signal } = aPort();
    await run('wimlib-imagex', ['export', wim, '1', esd, '--solid'], { signal });
    await run('wimlib-imagex', ['export', wim, '1', pipable, '--pipable', '--check'], { signal });

    expect(await readWimFile(esd)).toMatchObject({ compression: 'lzms', solid: true });
    expect(await readWimFile(pipable)).toMatchObject({
      compression: 'xpress',
      pipable: true,
      integrityTable: true,
      images: [{ name: 'Läb & <image>' }],
    });
    await truncate(pipable, 3000);
    await expect(readWimFile(pipable)).rejects.toEqual(code('IMAGE_TRUNCATED'));
  });

  test('an encrypted ESD, an unknown version, compression, and one that is still being written', async () => {
    await using folder = await aFolder();
    const wim = await aWim(folder.path);
    const good = await readFile(wim);
    const changed = async (change: (bytes: Buffer) => Buffer | void): Promise<string> => {
      const bytes = Buffer.from(good);
      await writeFile(wim, change(bytes) ?? bytes);
      return wim;
    };
    const withXml = (xml: string) => (bytes: Buffer) => {
      const text = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(xml, 'utf16le')]);
      bytes.writeBigUInt64LE(BigInt(text.length), 72);
      bytes.writeBigUInt64LE(BigInt(bytes.length), 80);
      return Buffer.concat([bytes, text]);
    };
    const image = '<IMAGE INDEX="1"><NAME>n</NAME></IMAGE>';

    await expect(readWimFile(await changed(withXml(`<WIM>${image}<ESD><ENCRYPTED>1</ENCRYPTED></ESD></WIM>`)))).rejects.toEqual(
      code('IMAGE_ENCRYPTED'),
    );
    await expect(readWimFile(await changed((bytes) => void bytes.writeUInt32LE(0x20000, 12)))).rejects.toEqual(
      code('IMAGE_VERSION_UNSUPPORTED'),
    );
    await expect(readWimFile(await changed((bytes) => void bytes.writeUInt32LE(0x2, 16)))).rejects.toEqual(
      code('IMAGE_COMPRESSION_UNSUPPORTED'),
    );
    await expect(readWimFile(await changed((bytes) => void bytes.writeUInt32LE(0x40, 16)))).rejects.toEqual(code('IMAGE_BEING_WRITTEN'));
    await expect(readWimFile(await changed((bytes) => void bytes.writeUInt16LE(0, 40)))).rejects.toEqual(code('IMAGE_CORRUPT'));
    await expect(readWimFile(await changed((bytes) => void bytes.fill(0xff, 72, 79)))).rejects.toEqual(code('IMAGE_CORRUPT'));
    await expect(readWimFile(await changed(withXml('<WIM></WIM>')))).rejects.toEqual(code('IMAGE_CORRUPT'));
    await expect(readWimFile(await changed(withXml(`<WIM>${image}${image}</WIM>`)))).rejects.toEqual(code('IMAGE_XML_INVALID'));
    await expect(readWimFile(await changed(withXml('nothing')))).rejects.toEqual(code('IMAGE_XML_INVALID'));
    const bomb = `<!DOCTYPE WIM [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><WIM>${image.replace('n<', '&b;<')}</WIM>`;
    await expect(readWimFile(await changed(withXml(bomb)))).rejects.toEqual(code('IMAGE_XML_INVALID'));
    await expect(readWimFile(await changed(withXml(`<WIM>${'<a>'.repeat(200_000)}</WIM>`)))).rejects.toEqual(code('IMAGE_XML_INVALID'));
    const big = `<WIM>${image}${' '.repeat(5_000_000)}</WIM>`;
    await expect(readWimFile(await changed(withXml(big)))).rejects.toEqual(code('IMAGE_XML_INVALID'));
  });
});
