/** Store, uploads, images and packages over a test database and a temporary folder. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@ostler/testkit';
import { createContentStore, type DirectoryContentStore } from '../src/content/directory-content-store.ts';
import type { Database } from '../src/database/database.ts';
import { createImageStore, type ImageStore } from '../src/images/image-store.ts';
import type { JobContext } from '../src/jobs/job-handlers.ts';
import { createPackageStore, type PackageStore } from '../src/packages/package-store.ts';
import { Uploads } from '../src/uploads/uploads.ts';
import { silentLog } from './databases.ts';

export interface TestParts extends AsyncDisposable {
  readonly folder: string;
  readonly content: DirectoryContentStore;
  readonly uploads: Uploads;
  readonly images: ImageStore;
  readonly packages: PackageStore;
  /** The clock, to be moved by the test. */
  readonly clock: { nowMs: number };
}

export async function contentParts(database: Database): Promise<TestParts> {
  const { path: folder, [Symbol.asyncDispose]: dispose } = await temporaryDirectory();
  for (const name of ['content', 'incoming', 'uploads']) await mkdir(join(folder, name));
  const clock = { nowMs: 1_800_000_000_000 };
  const now = (): number => clock.nowMs;
  const content = createContentStore({ database, directory: join(folder, 'content'), incoming: join(folder, 'incoming'), now });
  return {
    folder,
    content,
    uploads: new Uploads({ database, directory: join(folder, 'uploads'), now }),
    images: createImageStore(database, content, now),
    packages: createPackageStore(database, content, now),
    clock,
    [Symbol.asyncDispose]: dispose,
  };
}

export function aJob(changes: Partial<JobContext> = {}): JobContext {
  return { signal: AbortSignal.timeout(25_000), log: silentLog, report: () => undefined, ...changes };
}

/** A whole upload of these bytes. */
export async function uploaded(uploads: Uploads, fileName: string, bytes: Buffer): Promise<string> {
  const { id } = await uploads.create('administrators', fileName, bytes.length);
  await uploads.append({ id, owner: 'administrators', offset: 0, body: inPieces(bytes) });
  return id;
}

export async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
