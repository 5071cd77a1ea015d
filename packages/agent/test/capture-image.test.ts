/** A capture of a real disk: what of the reference computer's volumes is in the image. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ImagingOperations } from '../src/imaging-operations.ts';
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
  { type: 'run-command-line', name: 'Kernel', options: { commandLine: 'touch %OSDTargetSystemRoot%/boot/vmlinuz-6.12' } },
  { type: 'capture-operating-system-image', name: 'Capture', options: { imageName: 'Reference' } },
];

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
