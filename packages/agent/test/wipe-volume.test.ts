import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '@ostler/imaging';
import { expect, test } from 'vitest';
import { wipeVolume } from '../src/steps/apply-image.ts';
import { userStatePath } from '../src/user-state-path.ts';
import { aFolder } from './builders.ts';
import { aStepContext } from './step-context.ts';

async function put(root: string, path: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), path);
}

test('Apply Operating System Image keeps the user state and the agent’s folder, and removes everything else', async () => {
  await using folder = await aFolder();
  const context = aStepContext({ folder: folder.path });
  const root = context.target.rootPath;
  for (const path of [
    'etc/passwd',
    'home/ada/notes',
    '.ostler-user-state/files/home/ada/notes',
    'var/lib/ostler/agent.json',
    'var/log/old',
  ]) {
    await put(root, path);
  }
  context.variables.set('_SMSTSUserStatePath', userStatePath(root));

  await wipeVolume(root, { keepFolder: 'var/lib/ostler' }, context);

  expect((await readdir(root)).toSorted()).toEqual(['.ostler-user-state', 'var']);
  expect(await readFile(join(userStatePath(root), 'files/home/ada/notes'), 'utf8')).toContain('notes');
  expect(await readdir(join(root, 'var'), { recursive: true })).toEqual(['lib', 'lib/ostler', 'lib/ostler/agent.json']);
});

test.skipIf(process.getuid?.() !== 0)('a volume mounted inside, such as /boot, is emptied and stays mounted (needs root)', async () => {
  await using folder = await aFolder();
  const context = aStepContext({ folder: folder.path });
  const root = context.target.rootPath;
  const boot = join(root, 'boot');
  await mkdir(boot, { recursive: true });
  await run('mount', ['-t', 'tmpfs', 'none', boot], { signal: context.signal });
  await put(boot, 'vmlinuz-old');
  await put(root, 'etc/passwd');

  await wipeVolume(root, { keepFolder: 'var/lib/ostler', mountsBelow: [boot] }, context);

  expect(await readdir(root)).toEqual(['boot']);
  expect(await readdir(boot)).toEqual([]);
  const { exitCode } = await run('mountpoint', ['--quiet', boot], { signal: context.signal, okExitCodes: [0, 32] });
  expect(exitCode).toBe(0);
});
