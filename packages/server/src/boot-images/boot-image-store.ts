/** The rows of boot images. Building one is build-job.ts. */
import { BootImageOptions, ContentRef, OstlerError, type BootImage } from '@ostler/contract';
import { z } from 'zod';
import type { ContentStore } from '../content/content-store.ts';
import type { BootImageTable } from '../content/tables.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';

export type NewBootImage = Pick<BootImage, 'inputsHash' | 'options' | 'kernelVersion' | 'files'>;

export interface BootImageStore {
  /** Newest first. */
  list(): Promise<BootImage[]>;
  /** @throws OstlerError NOT_FOUND */
  get(id: string): Promise<BootImage>;
  /** The one that machines get: the newest; null before there is one. */
  inUse(): Promise<BootImage | null>;
  /** Refers to the files and adds the next version. */
  add(image: NewBootImage): Promise<BootImage>;
  /** @throws OstlerError NOT_FOUND, IN_USE for the newest */
  remove(id: string): Promise<void>;
}

const Files = z.record(z.string(), ContentRef);

type Row = BootImageTable;

export function createBootImageStore(
  { sql }: Database,
  content: Pick<ContentStore, 'refer' | 'release'>,
  now: () => number,
): BootImageStore {
  const list = async (): Promise<BootImage[]> => {
    const rows = await sql.selectFrom('boot_images').selectAll().orderBy('version', 'desc').execute();
    return rows.map((row, position) => toBootImage(row, position === 0));
  };
  const get = async (id: string): Promise<BootImage> => {
    const found = (await list()).find((image) => image.id === id);
    if (found === undefined) throw new OstlerError('NOT_FOUND', { kind: 'boot image', id });
    return found;
  };
  const newest = async (): Promise<BootImage | null> => (await list())[0] ?? null;
  return {
    list,
    get,
    inUse: newest,
    add: async ({ inputsHash, options, kernelVersion, files }) => {
      const id = newId('boot-image');
      for (const { sha256 } of Object.values(files)) await content.refer({ kind: 'boot-image', id }, sha256);
      const version = ((await newest())?.version ?? 0) + 1;
      const texts = { options: JSON.stringify(options), files: JSON.stringify(files) };
      const row = { id, version, inputs_hash: inputsHash, kernel_version: kernelVersion, ...texts, created_at: now() };
      await sql.insertInto('boot_images').values(row).execute();
      return toBootImage(row, true);
    },
    remove: async (id) => {
      const { version, inUse } = await get(id);
      if (inUse)
        throw new OstlerError('IN_USE', {
          kind: 'boot image',
          name: `version ${version}`,
          users: 'every machine that boots from the network',
        });
      await sql.deleteFrom('boot_images').where('id', '=', id).execute();
      await content.release({ kind: 'boot-image', id });
    },
  };
}

function toBootImage(row: Row, inUse: boolean): BootImage {
  return {
    id: row.id,
    version: row.version,
    inUse,
    inputsHash: row.inputs_hash,
    options: BootImageOptions.parse(JSON.parse(row.options)),
    kernelVersion: row.kernel_version,
    files: Files.parse(JSON.parse(row.files)),
    createdAt: new Date(row.created_at).toISOString(),
  };
}
