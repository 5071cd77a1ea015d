/** A capture of a real disk: what of the reference computer's volumes is in the image. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { realImaging, type ImagingOperations } from '../src/imaging-operations.ts';
import { runSequence } from '../src/run-sequence.ts';
import { anInstallation } from './an-installation.ts';

const steps = [
  {
    type: 'format-and-partition-disk',
    name: 'Partition',
    options: {
      style: 'gpt',
      partitions: [
        { name: 'Boot', size: 40, sizeUnits: 'MB', mountPoint: '/boot' },
        { name: 'Root', size: 100, sizeUnits: 'percent' },
      ],
    },
  },
  { type: 'apply-operating-system-image', name: 'Apply', options: { imageId: 'image-1' } },
  {
    type: 'run-command-line',
    name: 'Kernel',
    options: { commandLine: 'cd %OSDTargetSystemRoot%/boot && touch vmlinuz-6.12 initrd.img-6.12' },
  },
  { type: 'capture-operating-system-image', name: 'Capture', options: { imageName: 'Reference' } },
];

const volume = 'luks-11111111-2222-4333-8444-555555555555';
const keyInClear = [
  'mkdir -p %OSDTargetSystemRoot%/etc/cryptsetup-keys.d',
  `echo key >%OSDTargetSystemRoot%/etc/cryptsetup-keys.d/${volume}.key`,
  `echo "${volume} UUID=${volume.slice(5)} /etc/cryptsetup-keys.d/${volume}.key luks" >%OSDTargetSystemRoot%/etc/crypttab`,
];
const encryptedSteps = steps.toSpliced(3, 0, {
  type: 'run-command-line',
  name: 'A disk whose encryption is suspended',
  options: { commandLine: keyInClear.join(' && ') },
});

test.skipIf(process.getuid?.() !== 0)(
  'a separate /boot is in the image, with the kernels that it would not start without (needs root)',
  async () => {
    await using installation = await anInstallation(steps);
    const { site, signal } = installation;
    const seen: string[] = [];
    const captureWimImage: ImagingOperations['captureWimImage'] = async ({ source }) => {
      seen.push(...(await readdir(join(source, 'boot'))));
      throw new Error('what is captured has been seen');
    };

    const end = await runSequence(site.assignment!, installation.start({ captureWimImage }), signal);

    expect(end.outcome).toMatchObject({ kind: 'failed', failure: { stepName: 'Capture' } });
    expect(seen).toContain('vmlinuz-6.12');
  },
);

test.skipIf(process.getuid?.() !== 0)(
  'the image of an encrypted computer has neither the key of its disk nor the initramfs that holds it (needs root)',
  async () => {
    for (const [sequence, initramfs] of [
      [steps, ['initrd.img-6.12']],
      [encryptedSteps, []],
    ] as const) {
      await using installation = await anInstallation(sequence);
      const { site, signal } = installation;
      const image = join(installation.folder, 'seen.wim');
      const captureWimImage: ImagingOperations['captureWimImage'] = async (request, port) => {
        await realImaging.captureWimImage({ ...request, destination: image }, port);
        throw new Error('what is captured has been seen');
      };

      await runSequence(site.assignment!, installation.start({ captureWimImage }), signal);

      const { stdout } = await realImaging.run('wimlib-imagex', ['dir', image, '1'], { signal });
      const names = stdout.split('\n').map((path) => basename(path));
      expect(names).toContain('vmlinuz-6.12');
      expect(names.filter((name) => name.startsWith('initrd') || name.endsWith('.key'))).toEqual(initramfs);
    }
  },
);
