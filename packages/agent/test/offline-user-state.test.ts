/** The users of a system that does not run: read from its disk in the boot environment. */
import { chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PartitionOptions, stepOptions } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import { realImaging } from '../src/imaging-operations.ts';
import { runSequence } from '../src/run-sequence.ts';
import { captureUserState } from '../src/steps/capture-user-state.ts';
import { withUsersOfSystem } from '../src/steps/installed-system.ts';
import { anInstallation } from './an-installation.ts';
import { aStepContext } from './step-context.ts';

const isRoot = process.getuid?.() === 0;
const layout = [
  { name: 'OS', size: 150, sizeUnits: 'MB' },
  { name: 'Home', size: 40, sizeUnits: 'MB' },
  { name: 'Other', size: 100, sizeUnits: 'percent' },
].map((each) => PartitionOptions.parse(each));

/** A computer with a Linux system on its first partition, as it was left; what else is on its disk is the test's. */
async function aComputer(steps: readonly unknown[] = []) {
  const installation = await anInstallation(steps, [{ name: 'OldRoot', value: '', secret: false }]);
  const { device, signal, folder, site } = installation;
  site.assignment?.variables.splice(0, 1, { name: 'OldRoot', value: `${device}p1`, secret: false });
  const port = { signal, report: () => undefined };
  const listDisks = async () =>
    (await realImaging.listDisks(port)).filter(({ path }) => path === device).map((disk) => ({ ...disk, index: 0 }));
  const [disk] = await listDisks();
  if (disk === undefined) throw new Error('no disk');
  await realImaging.partitionDisk(disk, { style: 'gpt', partitions: layout, sharedStorage: 'refuse' }, port);
  const inside = async <T>(number: number, work: (place: string) => Promise<T>): Promise<T> => {
    const mountPoint = join(folder, 'look');
    await realImaging.mountFileSystem({ device: `${device}p${number}`, mountPoint }, port);
    try {
      return await work(mountPoint);
    } finally {
      await realImaging.unmountBelow(mountPoint);
    }
  };
  const addSystem = (number: number, fstab = '') =>
    inside(number, async (root) => {
      await write(join(root, 'etc/os-release'), 'ID=debian\n');
      await mkdir(join(root, 'home'), { recursive: true });
      await write(join(root, 'etc/fstab'), fstab);
      await write(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n');
      await write(join(root, 'etc/group'), 'root:x:0:\nada:x:1000:\n');
      await write(join(root, 'etc/shadow'), 'root:*:1::::::\nada:$y$hash:1::::::\n');
    });
  const addDiary = (number: number, path: string) =>
    inside(number, async (root) => {
      await write(join(root, path), 'mine');
      await chown(join(root, path), 1000, 1000);
    });
  const context = () => aStepContext({ folder, imaging: { listDisks } });
  return { ...installation, listDisks, inside, addSystem, addDiary, context, start: () => installation.start({ listDisks }) };
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

describe.skipIf(!isRoot)('the users of a system on the disk (needs root for a loop device)', () => {
  test('stay on the volume while its operating system is replaced: no time, no space, and what the new system restores them from', async () => {
    await using computer = await aComputer([
      { type: 'capture-user-state', name: 'Capture', options: {} },
      {
        type: 'apply-operating-system-image',
        name: 'Apply',
        options: { imageId: 'image-1', destination: { kind: 'variable', variable: 'OldRoot' } },
      },
    ]);
    await computer.addSystem(1);
    await computer.addDiary(1, 'home/ada/diary');
    const dependencies = computer.start();

    const end = await runSequence(computer.site.assignment!, dependencies, computer.signal);
    await dependencies.target.unmountAll();

    expect(end.outcome).toMatchObject({ kind: 'succeeded' });
    expect(end.state?.variables['OSDStateStorePath']).toEqual({ value: '/.ostler-user-state' });
    await computer.inside(1, async (root) => {
      const store = join(root, '.ostler-user-state');
      expect(await readFile(join(store, 'files/home/ada/diary'), 'utf8')).toBe('mine');
      expect((await stat(join(store, 'files/home/ada/diary'))).uid).toBe(1000);
      expect(JSON.parse(await readFile(join(store, 'state.json'), 'utf8'))).toMatchObject({ folders: ['/home'] });
      expect(await readFile(join(root, 'etc/motd'), 'utf8')).toBe('from the image\n');
      await expect(stat(join(root, 'etc/passwd'))).rejects.toThrow('ENOENT');
    });
  });

  test('are read also where they have a volume of their own, which nothing is written to', async () => {
    await using computer = await aComputer();
    await computer.addSystem(1, 'PARTLABEL=Home /home ext4 defaults 0 2\nserver:/srv /home/shared nfs defaults 0 0\n');
    await computer.addDiary(2, 'ada/diary');
    const source = { folders: ['/home'], access: 'read' as const, partition: undefined };

    await withUsersOfSystem(source, computer.context(), async (root) => {
      expect(await readFile(join(root, 'home/ada/diary'), 'utf8')).toBe('mine');
      await expect(writeFile(join(root, 'home/ada/new'), '')).rejects.toThrow('EROFS');
    });

    expect((await computer.listDisks()).flatMap(({ users }) => users)).toEqual([]);
  });

  test('are not taken for those of another system: with two on the disk, the step says which', async () => {
    await using computer = await aComputer();
    await computer.addSystem(1);
    await computer.addSystem(3);
    await computer.addDiary(3, 'home/ada/diary');
    const options = stepOptions['capture-user-state'].parse({});

    await expect(captureUserState(options, computer.context())).rejects.toThrow(
      /a Linux system on each of .*p1 \(disk 0, partition 1\) and .*p3 \(disk 0, partition 3\)/,
    );
    await captureUserState({ ...options, systemPartition: { disk: 0, partition: 3 } }, computer.context());

    expect(await computer.inside(3, (root) => readFile(join(root, '.ostler-user-state/files/home/ada/diary'), 'utf8'))).toBe('mine');
    await expect(captureUserState({ ...options, systemPartition: { disk: 0, partition: 2 } }, computer.context())).rejects.toThrow(
      'the partition that is named has none',
    );
  });

  test('are not left behind in silence: a volume of theirs that is not found ends the step', async () => {
    await using computer = await aComputer();
    await computer.addSystem(1, '/dev/mapper/vg-home /home ext4 defaults 0 2\n');

    await expect(captureUserState(stepOptions['capture-user-state'].parse({}), computer.context())).rejects.toThrow(
      '/home of the system is on /dev/mapper/vg-home, which is not found here',
    );
  });
});
