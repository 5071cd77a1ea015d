/**
 * Content that is kept on this computer until a run needs it, as files named by their hash. A file has its name only once it is whole and on the disk;
 * until then it is `<hash>.partial`. Disks forget: whoever uses a file verifies it again. What is to be in here is client/pre-download.ts.
 */
import { constants } from 'node:fs';
import { copyFile, link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContentRef } from '@ostler/contract';

/** In the agent's folder of a system. */
export const cacheFolderName = 'content-cache';
const partialSuffix = '.partial';

export class ContentCache {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The folder is there, for root alone. */
  async prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
  }

  pathOf({ sha256 }: Pick<ContentRef, 'sha256'>): string {
    return join(this.folder, sha256);
  }

  /** How much of a piece is here, whole or begun. */
  async receivedBytes(ref: ContentRef): Promise<number> {
    const [whole, begun] = [await sizeOf(this.pathOf(ref)), await sizeOf(this.pathOf(ref) + partialSuffix)];
    return whole === ref.sizeBytes ? whole : Math.min(begun ?? 0, ref.sizeBytes);
  }

  /** Whether a part of it has arrived, and not the whole. */
  async hasBegun(ref: Pick<ContentRef, 'sha256'>): Promise<boolean> {
    return ((await sizeOf(this.pathOf(ref) + partialSuffix)) ?? 0) > 0;
  }

  /** Whether the whole piece is here. A file of another size is damaged: it goes. */
  async has(ref: ContentRef): Promise<boolean> {
    const found = await sizeOf(this.pathOf(ref));
    if (found !== null && found !== ref.sizeBytes) await rm(this.pathOf(ref), { force: true });
    return found === ref.sizeBytes;
  }

  /** @returns how many files it had that are not among these */
  async keepOnly(refs: readonly Pick<ContentRef, 'sha256'>[]): Promise<number> {
    const kept = new Set(refs.flatMap(({ sha256 }) => [sha256, sha256 + partialSuffix]));
    const names: string[] = await readdir(this.folder).catch(() => []);
    const others = names.filter((name) => !kept.has(name));
    for (const name of others) await rm(join(this.folder, name), { recursive: true, force: true });
    return others.length;
  }

  async remove(ref: Pick<ContentRef, 'sha256'>): Promise<void> {
    for (const suffix of ['', partialSuffix]) await rm(this.pathOf(ref) + suffix, { force: true });
  }

  /** Whether it is on the same file system as a folder that is there. */
  async isBeside(folder: string): Promise<boolean> {
    const [own, other] = [await stat(this.folder).catch(() => null), await stat(folder)];
    return own?.dev === other.dev;
  }

  async clear(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /**
   * Lends a piece to the path where a run wants it, or what has arrived of it to `<path>.partial`: another name of the same file, which takes no room.
   * What is at the path already stays. @returns whether the whole was lent
   */
  async lend(ref: Pick<ContentRef, 'sha256'>, path: string): Promise<boolean> {
    const lent = await linkOrCopy(this.pathOf(ref), path);
    if (lent === 'not-here') await link(this.pathOf(ref) + partialSuffix, path + partialSuffix).catch(() => undefined);
    return lent === 'lent';
  }
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ size }) => size,
    () => null,
  );
}

/** A copy where the two are on different file systems. One that was cut short is found by whoever verifies it. */
async function linkOrCopy(from: string, to: string): Promise<'lent' | 'not-here' | 'not-possible'> {
  try {
    await link(from, to);
    return 'lent';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT') return 'not-here';
    if (code !== 'EXDEV') return 'not-possible';
  }
  return copyFile(from, to, constants.COPYFILE_EXCL).then(
    () => 'lent',
    () => 'not-possible',
  );
}
