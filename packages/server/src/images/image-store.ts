/** The rows of operating system images. How one is made is import-image.ts. */
import { OstlerError, WimIndex, type ContentRef, type OperatingSystemImage } from '@ostler/contract';
import { z } from 'zod';
import type { ContentStore } from '../content/content-store.ts';
import type { ImageTable } from '../content/tables.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';

export interface NewImage extends Pick<OperatingSystemImage, 'name' | 'description' | 'origin' | 'content' | 'compression' | 'indexes'> {
  /** The same maker gets the image it made before, instead of a second one. */
  readonly madeBy: string | null;
}

export interface ImageStore {
  list(): Promise<OperatingSystemImage[]>;
  /** @throws OstlerError NOT_FOUND */
  get(id: string): Promise<OperatingSystemImage>;
  findMadeBy(madeBy: string): Promise<OperatingSystemImage | null>;
  /** @throws OstlerError ALREADY_EXISTS */
  refuseTaken(name: string): Promise<void>;
  /** `name`, or `name (2)` … when it is taken. */
  freeName(name: string): Promise<string>;
  /** Refers to the content and adds the row. @throws OstlerError ALREADY_EXISTS */
  add(image: NewImage): Promise<OperatingSystemImage>;
  remove(id: string): Promise<void>;
}

const Indexes = z.array(WimIndex);

type Row = Omit<ImageTable, 'made_by'>;

export function createImageStore({ sql }: Database, content: Pick<ContentStore, 'refer' | 'release'>, now: () => number): ImageStore {
  const isTaken = async (name: string): Promise<boolean> =>
    (await sql.selectFrom('images').select('id').where('name', '=', name).executeTakeFirst()) !== undefined;
  const refuseTaken = async (name: string): Promise<void> => {
    if (await isTaken(name)) throw new OstlerError('ALREADY_EXISTS', { kind: 'image', name });
  };
  return {
    list: async () => (await sql.selectFrom('images').selectAll().orderBy('name').execute()).map(toImage),
    get: async (id) => {
      const row = await sql.selectFrom('images').selectAll().where('id', '=', id).executeTakeFirst();
      if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'image', id });
      return toImage(row);
    },
    findMadeBy: async (madeBy) => {
      const row = await sql.selectFrom('images').selectAll().where('made_by', '=', madeBy).executeTakeFirst();
      return row === undefined ? null : toImage(row);
    },
    refuseTaken,
    freeName: async (name) => {
      for (let number = 2, candidate = name; ; number += 1) {
        if (!(await isTaken(candidate))) return candidate;
        candidate = `${name.slice(0, 90)} (${number})`;
      }
    },
    add: async (image) => {
      await refuseTaken(image.name);
      const row = toRow(newId('image'), image, now());
      const owner = { kind: 'image', id: row.id } as const;
      // The reference first: a row whose content may be collected would be worse than a reference without a row.
      await content.refer(owner, row.sha256);
      try {
        await sql
          .insertInto('images')
          .values({ ...row, made_by: image.madeBy })
          .execute();
      } catch (error) {
        await content.release(owner);
        // Somebody else may have taken the name in between.
        await refuseTaken(image.name);
        throw error;
      }
      return toImage(row);
    },
    remove: async (id) => {
      await sql.deleteFrom('images').where('id', '=', id).execute();
      await content.release({ kind: 'image', id });
    },
  };
}

function toRow(id: string, image: NewImage, nowMs: number): Row {
  const { name, description, origin, compression } = image;
  const { sha256, sizeBytes } = image.content;
  return {
    id,
    name,
    description,
    origin,
    compression,
    sha256,
    size_bytes: sizeBytes,
    indexes: JSON.stringify(image.indexes),
    created_at: nowMs,
  };
}

function toImage(row: Row): OperatingSystemImage {
  const { id, name, description, compression } = row;
  const content: ContentRef = { sha256: row.sha256, sizeBytes: row.size_bytes };
  return {
    id,
    name,
    description,
    compression,
    content,
    // Safe: written by add() from the same type.
    origin: row.origin as OperatingSystemImage['origin'],
    indexes: Indexes.parse(JSON.parse(row.indexes)),
    createdAt: new Date(row.created_at).toISOString(),
  };
}
