import { chmod, chown, link, mkdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../src/run.ts';
import { notePrivilegedModes, restorePrivilegedModes } from '../src/target/privileged-modes.ts';
import { captureUserState, restoreUserState } from '../src/target/user-state.ts';
import { aFolder, aPort } from './loop-disk.ts';

const isRoot = process.getuid?.() === 0;
const { signal } = aPort();

async function put(root: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** Ada's computer: her files, her account with its password. */
async function aSystem(root: string): Promise<void> {
  await put(
    root,
    'etc/passwd',
    'root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000:Ada Lovelace,,,:/home/ada:/bin/bash\nbob:x:1001:1001::/home/bob:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
  );
  await put(root, 'etc/group', 'root:x:0:\nshadow:x:42:\nada:x:1000:\nbob:x:1001:\n');
  await put(root, 'etc/shadow', 'root:*:19000:0:99999:7:::\nada:$y$hash:19500:0:99999:7:::\n');
  await put(root, 'home/ada/notes', 'poetical science');
  await put(root, 'home/bob/list', 'milk');
  await chown(join(root, 'home/bob/list'), 1001, 1001);
  await symlink('notes', join(root, 'home/ada/link'));
  await utimes(join(root, 'home/ada/notes'), 1_000_000, 1_000_000);
  await chown(join(root, 'home/ada'), 1000, 1000);
  await chown(join(root, 'home/ada/notes'), 1000, 1000);
}

/** A fresh system in which another account has Ada's number already. */
async function aNewSystem(root: string): Promise<void> {
  for (const each of ['etc', 'home']) await rm(join(root, each), { recursive: true });
  await put(root, 'etc/passwd', 'root:x:0:0:root:/root:/bin/bash\nadmin:x:1000:1000::/home/admin:/bin/bash\n');
  await put(root, 'etc/group', 'root:x:0:\nshadow:x:42:\nadmin:x:1000:\n');
  await put(root, 'etc/shadow', 'root:*:19000:0:99999:7:::\nadmin:!:19000:0:99999:7:::\n');
}

describe.skipIf(!isRoot)('user state on the computer’s own disk (needs root to give files to users)', () => {
  test.each(['hard-links', 'copy'] as const)(
    'files, their times and their owner’s account come back into a new system (%s)',
    async (method) => {
      await using folder = await aFolder();
      const [root, store] = [join(folder.path, 'root'), join(folder.path, 'root/.store')];
      await aSystem(root);
      const inode = (await stat(join(root, 'home/ada/notes'))).ino;

      expect(await captureUserState({ root, store, folders: ['/home', '/srv'], method }, aPort())).toEqual(['/home']);
      expect((await stat(join(store, 'state.json'))).mode & 0o777).toBe(0o600);
      await aNewSystem(root);
      for (let time = 0; time < 2; time += 1) await restoreUserState({ root, store, accounts: true }, aPort());

      const notes = await stat(join(root, 'home/ada/notes'));
      expect(await readFile(join(root, 'home/ada/link'), 'utf8')).toBe('poetical science');
      expect([notes.mtimeMs, notes.uid, notes.gid]).toEqual([1_000_000_000, 1001, 1001]);
      // Ada has the number now that was Bob's.
      expect((await stat(join(root, 'home/bob/list'))).uid).toBe(1002);
      expect(notes.ino === inode).toBe(method === 'hard-links');
      const passwd = await readFile(join(root, 'etc/passwd'), 'utf8');
      expect(passwd).toContain('admin:x:1000:1000::/home/admin:/bin/bash\nada:x:1001:1001:Ada Lovelace,,,:/home/ada:/bin/bash\n');
      expect(passwd.match(/^ada:/gm)).toHaveLength(1);
      expect(await readFile(join(root, 'etc/shadow'), 'utf8')).toContain('ada:$y$hash:19500:0:99999:7:::\n');
      expect(passwd).not.toContain('nobody');
    },
  );

  test.each(['hard-links', 'copy'] as const)(
    'a program that runs with its owner’s or group’s rights still does, though both have new numbers (%s)',
    async (method) => {
      await using folder = await aFolder();
      const [root, store] = [join(folder.path, 'root'), join(folder.path, 'root/.store')];
      await aSystem(root);
      const programs = { 'home/ada/as ada\n': 0o4755, 'home/ada/as-group': 0o2755, 'home/ada/plain': 0o755 };
      for (const [path, mode] of Object.entries(programs)) {
        await put(root, path, '#!/bin/sh');
        await chown(join(root, path), 1000, 1000);
        await chmod(join(root, path), mode);
      }
      await put(root, 'home/ada/root’s', '#!/bin/sh');
      await chmod(join(root, 'home/ada/root’s'), 0o4755);
      await captureUserState({ root, store, folders: ['/home'], method }, aPort());
      await aNewSystem(root);

      for (let time = 0; time < 2; time += 1) await restoreUserState({ root, store, accounts: true }, aPort());

      for (const [path, mode] of Object.entries({ ...programs, 'home/ada/root’s': 0o4755 })) {
        expect((await stat(join(root, path))).mode & 0o7777, path).toBe(mode);
      }
      expect((await stat(join(root, 'home/ada/as-group'))).gid).toBe(1001);
    },
  );

  test('a link that somebody puts in the place of such a program gives nothing else its rights', async () => {
    await using folder = await aFolder();
    const [store, place] = [join(folder.path, 'store'), join(folder.path, 'home')];
    await put(store, 'files/home/tool', '#!/bin/sh');
    await chown(join(store, 'files/home/tool'), 1000, 1000);
    await chmod(join(store, 'files/home/tool'), 0o4755);
    await notePrivilegedModes(store, signal);
    await put(folder.path, 'shell', '#!/bin/sh');
    await mkdir(place);
    const same = { uid: (id: number) => id, gid: (id: number) => id };

    await symlink('../shell', join(place, 'tool'));
    await restorePrivilegedModes(store, { folder: '/home', place }, same);
    await rm(join(place, 'tool'));
    await link(join(folder.path, 'shell'), join(place, 'tool'));
    await restorePrivilegedModes(store, { folder: '/home', place }, same);

    expect((await stat(join(folder.path, 'shell'))).mode & 0o7000).toBe(0);
  });

  test('a store that an interrupted capture left is not taken for a whole one', async () => {
    await using folder = await aFolder();
    const store = join(folder.path, 'store');
    await mkdir(join(store, 'files/home'), { recursive: true });
    await expect(restoreUserState({ root: folder.path, store, accounts: true }, aPort())).rejects.toMatchObject({
      code: 'USER_STATE_STORE_MISSING',
    });
  });

  test('a folder on another volume is refused for hard links, before an older store is touched', async () => {
    await using folder = await aFolder();
    const root = join(folder.path, 'root');
    await aSystem(root);
    await mkdir(join(root, 'data'));
    await run('mount', ['-t', 'tmpfs', 'none', join(root, 'data')], { signal });
    const store = join(root, '.store');
    await put(store, 'state.json', 'old');

    const request = { root, store, folders: ['/data'], method: 'hard-links' as const };
    await expect(captureUserState(request, aPort())).rejects.toMatchObject({ code: 'USER_STATE_OTHER_VOLUME' });

    expect(await readFile(join(store, 'state.json'), 'utf8')).toBe('old');
    expect(await captureUserState({ ...request, method: 'copy' }, aPort())).toEqual(['/data']);
  });

  test.each([
    ['/', 'the path of a folder'],
    ['/home/store', 'inside each other'],
    ['/home', 'inside each other'],
  ])('the store %s is refused', async (store, problem) => {
    await expect(captureUserState({ root: '/', store, folders: ['/home'], method: 'copy' }, aPort())).rejects.toThrow(problem);
  });

  test('somebody’s folder is never emptied to become a store', async () => {
    await using folder = await aFolder();
    await put(folder.path, 'data/thesis', 'text');
    const store = join(folder.path, 'data');
    await expect(captureUserState({ root: folder.path, store, folders: ['/home'], method: 'copy' }, aPort())).rejects.toThrow(
      'other files are in it',
    );
    expect(await readFile(join(store, 'thesis'), 'utf8')).toBe('text');
  });
});
