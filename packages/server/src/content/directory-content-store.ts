/**
 * The content store in a directory: `<aa>/<sha256>`, read-only, one file a piece. Rows say what there is and who refers
 * to it. Verifying is verify-content.ts, serving is serve-content.ts.
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HashedFile } from '@ostler/content';
import { OstlerError, type ContentRef } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import { createTurns } from '../database/exclusively.ts';
import { contentPath } from './content-path.ts';
import type { ContentOwner, ContentStore } from './content-store.ts';
import { copyHashed, moveHashed, syncDirectory, type StoreOptions } from './store-file.ts';

export interface DirectoryContentStoreOptions {
  readonly database: Database;
  readonly directory: string;
  /** On the same file system; whatever is left in it at start is removed by the caller. */
  readonly incoming: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Collected {
  readonly deleted: number;
  readonly freedBytes: number;
}

/** What verifying needs to know of a piece. */
export interface StoredPiece extends ContentRef {
  readonly path: string;
}

export interface DirectoryContentStore extends ContentStore {
  /** Deletes content that nothing has referred to since `graceMs` ago. A download that runs goes on to its end. */
  collect(graceMs: number): Promise<Collected>;
  /** Every piece, in the order of hashes. */
  list(): Promise<readonly StoredPiece[]>;
  /** Who refers to a piece. */
  ownersOf(sha256: string): Promise<readonly ContentOwner[]>;
}

/** What has just been stored gets so long for its first reference, whatever the grace time. */
const firstReferenceMs = 3_600_000;

export function createContentStore({ database, directory, incoming, now }: DirectoryContentStoreOptions): DirectoryContentStore {
  const pathFor = (sha256: string): string => contentPath(directory, sha256);
  // A piece that is stored again while it is collected, by whichever server, must not lose its file.
  const inTurn = createTurns(database, 'content');

  const store = async (source: string, options: StoreOptions, put: typeof copyHashed): Promise<ContentRef> => {
    const temporary = join(incoming, randomUUID());
    try {
      const hashed = await put(source, temporary, options);
      await inTurn(() => publish(database, temporary, pathFor(hashed.sha256), hashed, now()));
      return { sha256: hashed.sha256, sizeBytes: hashed.sizeBytes };
    } finally {
      await rm(temporary, { force: true });
    }
  };

  return {
    addFile: (path, options) => store(path, options, copyHashed),
    takeFile: (path, options) => store(path, options, moveHashed),
    has: (sha256) => isStored(database, sha256),
    pathOf: async (sha256) => {
      const path = pathFor(sha256);
      if ((await isStored(database, sha256)) && (await isFile(path))) return path;
      throw new OstlerError('CONTENT_NOT_FOUND', { sha256 });
    },
    refer: (owner, sha256) => inTurn(() => refer(database, owner, sha256)),
    release: (owner) => inTurn(() => release(database, owner, now())),
    collect: (graceMs) => inTurn(() => collect(database, now() - graceMs, pathFor)),
    list: async () => {
      const rows = await database.sql.selectFrom('content').select(['sha256', 'size_bytes']).orderBy('sha256').execute();
      return rows.map(({ sha256, size_bytes: sizeBytes }) => ({ sha256, sizeBytes, path: pathFor(sha256) }));
    },
    ownersOf: (sha256) => ownersOf(database, sha256),
  };
}

/**
 * The file first, the row after it: a row without its file would be a defect, a file without a row only costs space.
 * Replacing a damaged file mends it.
 */
async function publish(
  { sql }: Database,
  temporary: string,
  path: string,
  { sha256, sizeBytes }: HashedFile,
  nowMs: number,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await chmod(temporary, 0o444);
  await rename(temporary, path);
  await syncDirectory(dirname(path));
  const unreferenced = { unreferenced_at: nowMs + firstReferenceMs };
  await sql
    .insertInto('content')
    .values({ sha256, size_bytes: sizeBytes, stored_at: nowMs, ...unreferenced })
    .onConflict((conflict) => conflict.column('sha256').doUpdateSet(unreferenced).where('content.unreferenced_at', 'is not', null))
    .execute();
}

async function refer({ sql }: Database, owner: ContentOwner, sha256: string): Promise<void> {
  await sql.transaction().execute(async (transaction) => {
    const found = await transaction.updateTable('content').set({ unreferenced_at: null }).where('sha256', '=', sha256).executeTakeFirst();
    if (found.numUpdatedRows === 0n) throw new OstlerError('CONTENT_NOT_FOUND', { sha256 });
    await transaction
      .insertInto('content_references')
      .values({ owner_kind: owner.kind, owner_id: owner.id, sha256 })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

async function release({ sql }: Database, owner: ContentOwner, nowMs: number): Promise<void> {
  await sql.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('content_references').where('owner_kind', '=', owner.kind).where('owner_id', '=', owner.id).execute();
    await transaction
      .updateTable('content')
      .set({ unreferenced_at: nowMs })
      .where('unreferenced_at', 'is', null)
      .where('sha256', 'not in', (query) => query.selectFrom('content_references').select('content_references.sha256'))
      .execute();
  });
}

async function collect({ sql }: Database, beforeMs: number, pathFor: (sha256: string) => string): Promise<Collected> {
  const rows = await sql.selectFrom('content').select(['sha256', 'size_bytes']).where('unreferenced_at', '<=', beforeMs).execute();
  let freedBytes = 0;
  for (const { sha256, size_bytes: sizeBytes } of rows) {
    await sql.deleteFrom('content').where('sha256', '=', sha256).execute();
    await rm(pathFor(sha256), { force: true });
    freedBytes += sizeBytes;
  }
  return { deleted: rows.length, freedBytes };
}

async function isStored({ sql }: Database, sha256: string): Promise<boolean> {
  return (await sql.selectFrom('content').select('sha256').where('sha256', '=', sha256).executeTakeFirst()) !== undefined;
}

async function ownersOf({ sql }: Database, sha256: string): Promise<ContentOwner[]> {
  const rows = await sql.selectFrom('content_references').selectAll().where('sha256', '=', sha256).execute();
  // Safe: refer() alone writes these rows.
  return rows.map((row) => ({ kind: row.owner_kind as ContentOwner['kind'], id: row.owner_id }));
}

async function isFile(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info?.isFile() === true;
}
