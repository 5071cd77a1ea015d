/**
 * /dev/disk/by-uuid: grub-mkconfig writes `root=UUID=…` only when the link is there, and `root=/dev/sda2` otherwise, which is a
 * different disk after the next change of hardware. udev makes the links; this makes those that udev has not (or where there is no udev).
 */
import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { TargetMount } from './fstab.ts';

const folder = '/dev/disk/by-uuid';

/** Makes missing links, and takes the same ones away in the end. */
export async function withUuidLinks(mounts: readonly TargetMount[]): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true });
  const made: string[] = [];
  for (const { path, uuid } of mounts) {
    const link = `${folder}/${uuid}`;
    const target = await readlink(link).catch(() => undefined);
    if (target !== undefined) continue;
    await symlink(`../../${basename(path)}`, link);
    made.push(link);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      for (const link of made) await rm(link, { force: true });
    },
  };
}
