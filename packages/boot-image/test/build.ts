/** Builds a boot image by hand: `node build.ts CA.pem [command-support]`. Prints the paths. */
import { readFileSync } from 'node:fs';
import { BootImageOptions } from '@ostler/contract';
import { buildBootImage, hashInputs } from '../src/index.ts';

const [ca = '', commandSupport] = process.argv.slice(2);
const options = BootImageOptions.parse({ commandSupport: commandSupport !== undefined });
const inputs = { options, siteCaPem: readFileSync(ca, 'utf8'), nodeBinary: process.execPath };
process.stdout.write(`${await hashInputs(inputs)}\n`);
const startedAtMs = Date.now();
const built = await buildBootImage(inputs, {
  workDirectory: '/var/tmp/ostler-boot-image-work',
  cacheDirectory: '/var/tmp/ostler-boot-image-cache',
  signal: new AbortController().signal,
  report: ({ activity, done, total }) =>
    process.stdout.write(`${((Date.now() - startedAtMs) / 1000).toFixed(1)} s ${done}/${total} ${activity}\n`),
});
process.stdout.write(
  `${JSON.stringify({ files: built.files, sizes: built.sizes, kernel: built.kernelVersion, packages: built.packages.length }, null, 2)}\n`,
);
