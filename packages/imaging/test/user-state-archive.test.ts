import { chmod, chown, link, lstat, mkdir, open, readFile, readlink, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { run } from '../src/run.ts';
import { archiveUserState, extractUserState } from '../src/target/user-state-archive.ts';
import { restoreUserState } from '../src/target/user-state.ts';
import { aFolder, aPort } from './loop-disk.ts';

const isRoot = process.getuid?.() === 0;
const { signal } = aPort();
const oddNames = ['-rf', 'a b', 'Ünïcode', 'new\nline', 'back\\slash', "quote'", 'com,ma', '*'];

async function put(root: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

async function aSystem(root: string): Promise<void> {
  await put(root, 'etc/passwd', 'root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000:Ada:/home/ada:/bin/bash\n');
  await put(root, 'etc/group', 'root:x:0:\nada:x:1000:\n');
  await put(root, 'etc/shadow', 'ada:$y$hash:19500:0:99999:7:::\n');
  const home = join(root, 'home/ada');
  await put(root, 'home/ada/notes', 'poetical science');
  for (const name of oddNames) await put(root, `home/ada/odd/${name}`, name);
  await symlink('../ada/notes', join(home, 'link'));
  await link(join(home, 'notes'), join(home, 'same'));
  await chmod(join(home, 'notes'), 0o640);
  await chown(join(home, 'notes'), 1000, 1000);
  await utimes(join(home, 'notes'), 1_000_000, 1_000_000);
  await using sparse = await open(join(home, 'sparse'), 'w');
  await sparse.truncate(500_000_000);
  await sparse.write('end', 400_000_000);
}

async function aNewSystem(root: string): Promise<void> {
  await rm(root, { recursive: true });
  await put(root, 'etc/passwd', 'root:x:0:0:root:/root:/bin/bash\nadmin:x:1000:1000::/home/admin:/bin/bash\n');
  await put(root, 'etc/group', 'root:x:0:\nadmin:x:1000:\n');
  await put(root, 'etc/shadow', 'admin:!:19000:0:99999:7:::\n');
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

describe.skipIf(!isRoot)('user state as an archive (needs root to give files to users)', () => {
  test('files of every kind come back into a new system: modes, times, owners, links, holes, odd names', async () => {
    await using folder = await aFolder();
    const [root, store, scratch] = [join(folder.path, 'root'), join(folder.path, 'store'), join(folder.path, 'scratch')];
    await aSystem(root);

    const archive = await archiveUserState({ root, folders: ['/home', '/srv'], scratch }, aPort());
    const bytes = await buffer(archive.bytes());
    await aNewSystem(root);
    await extractUserState(once(bytes), store, aPort());
    await restoreUserState({ root, store, accounts: true }, aPort());

    const home = join(root, 'home/ada');
    const notes = await stat(join(home, 'notes'));
    expect(archive.folders).toEqual(['/home']);
    expect(bytes.length).toBeLessThan(1_000_000);
    expect([notes.mode & 0o777, notes.mtimeMs, notes.uid, notes.gid]).toEqual([0o640, 1_000_000_000, 1001, 1001]);
    expect((await stat(join(home, 'same'))).ino).toBe(notes.ino);
    expect(await readlink(join(home, 'link'))).toBe('../ada/notes');
    for (const name of oddNames) expect(await readFile(join(home, 'odd', name), 'utf8')).toBe(name);
    const sparse = await lstat(join(home, 'sparse'));
    expect([sparse.size, sparse.blocks * 512 < 10_000_000]).toEqual([500_000_000, true]);
    expect(await readFile(join(root, 'etc/shadow'), 'utf8')).toContain('ada:$y$hash:');
    expect((await stat(join(store, 'state.json'))).mode & 0o777).toBe(0o600);
  });

  test('a home that is a link to somewhere else is captured where it leads, and called by its name', async () => {
    await using folder = await aFolder();
    const [root, store] = [join(folder.path, 'root'), join(folder.path, 'store')];
    await put(root, 'var/home/ada/notes', 'text');
    await symlink('var/home', join(root, 'home'));

    const archive = await archiveUserState({ root, folders: ['/home'], scratch: folder.path }, aPort());
    await extractUserState(archive.bytes(), store, aPort());

    expect(await readFile(join(store, 'files/home/ada/notes'), 'utf8')).toBe('text');
  });

  test('what is mounted from elsewhere is left out and named', async () => {
    await using folder = await aFolder();
    const [root, store] = [join(folder.path, 'root'), join(folder.path, 'store')];
    await put(root, 'home/ada/notes', 'text');
    const share = join(root, 'home/ada/share [1]');
    await mkdir(share);
    await run('mount', ['-t', 'tmpfs', 'none', share], { signal });
    await writeFile(join(share, 'film'), 'large');

    const archive = await archiveUserState({ root, folders: ['/home'], scratch: folder.path }, aPort());
    await extractUserState(archive.bytes(), store, aPort());

    expect(archive.leftOut).toEqual([share]);
    await expect(stat(join(store, 'files/home/ada/share [1]'))).rejects.toThrow('ENOENT');
    expect(await readFile(join(store, 'files/home/ada/notes'), 'utf8')).toBe('text');
  });

  test('an archive whose reading fails ends with the error, never as if it were whole', async () => {
    await using folder = await aFolder();
    await put(folder.path, 'root/home/ada/notes', 'text');
    const root = join(folder.path, 'root');
    const archive = await archiveUserState({ root, folders: ['/home'], scratch: folder.path }, aPort());
    await rm(join(root, 'home'), { recursive: true });

    await expect(buffer(archive.bytes())).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
  });

  test('an archive that breaks off is an error, and the next try begins anew', async () => {
    await using folder = await aFolder();
    const [root, store] = [join(folder.path, 'root'), join(folder.path, 'store')];
    await put(root, 'home/ada/notes', 'x'.repeat(500_000));
    const archive = (): ReturnType<typeof archiveUserState> =>
      archiveUserState({ root, folders: ['/home'], scratch: folder.path }, aPort());
    const bytes = await buffer((await archive()).bytes());

    await expect(extractUserState(once(bytes.subarray(0, 100_000)), store, aPort())).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    await put(store, 'left', 'over');
    await extractUserState(once(bytes), store, aPort());

    expect((await stat(join(store, 'files/home/ada/notes'))).size).toBe(500_000);
    await expect(stat(join(store, 'left'))).rejects.toThrow('ENOENT');
  });
});
