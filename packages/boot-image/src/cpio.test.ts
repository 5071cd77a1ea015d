import { lstat, mkdtemp, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { padToFour, parentDirectories, writeCpio, type CpioEntry } from './cpio.ts';

const entries: CpioEntry[] = [
  { kind: 'directory', path: 'etc', mode: 0o755 },
  { kind: 'file', path: 'etc/odd', mode: 0o640, data: Buffer.from('five!') },
  { kind: 'file', path: 'etc/empty', mode: 0o600, data: new Uint8Array(0) },
  { kind: 'link', path: 'bin', target: 'usr/bin' },
];

describe('writeCpio', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cpio-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test('cpio(1) unpacks the same names, modes, contents and links', async () => {
    await writeFile(join(folder, 'archive'), writeCpio(entries));

    const { signal } = new AbortController();
    await run('sh', ['-c', 'cpio --extract --make-directories --quiet <archive'], { signal, cwd: folder });

    expect(await readFile(join(folder, 'etc/odd'), 'utf8')).toBe('five!');
    expect((await stat(join(folder, 'etc/odd'))).mode & 0o777).toBe(0o640);
    expect((await stat(join(folder, 'etc/empty'))).size).toBe(0);
    expect(await readlink(join(folder, 'bin'))).toBe('usr/bin');
    expect((await lstat(join(folder, 'etc'))).isDirectory()).toBe(true);
  });

  test('device nodes have their numbers', () => {
    const archive = writeCpio([{ kind: 'device', path: 'dev/console', mode: 0o600, major: 5, minor: 1 }]).toString('latin1');

    expect(archive.slice(14, 22)).toBe('00002180');
    expect(archive.slice(78, 94)).toBe('0000000500000001');
  });

  test('an archive is a multiple of four bytes long, so that another may follow', () => {
    for (const length of [0, 1, 2, 3, 4, 5]) {
      const archive = writeCpio([{ kind: 'file', path: 'f', mode: 0o644, data: Buffer.alloc(length) }]);

      expect(archive.length % 4).toBe(0);
      expect((length + padToFour(length).length) % 4).toBe(0);
    }
  });

  test('the same entries give the same bytes', () => {
    expect(writeCpio(entries).equals(writeCpio(entries))).toBe(true);
  });
});

test('the folders above files come outermost first and once', () => {
  const paths = parentDirectories(['usr/lib/a', 'usr/lib/b', 'init', 'usr/bin/c']).map(({ path }) => path);

  expect(paths).toEqual(['usr', 'usr/bin', 'usr/lib']);
});
