/** Packages and their versions in the database. What a package file must be is check-package.ts, which version a run has content-revision.ts. */
import { OstlerError, type Package } from '@ostler/contract';
import type { ContentOwner, ContentStore } from '../content/content-store.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';
import type { Queries } from '../devices/store.ts';
import { holdRevision, takeRevision } from './content-revision.ts';
import {
  allVersions,
  newestVersions,
  newVersionRow,
  readPackages,
  toVersion,
  type NewVersionRow,
  type PackageContents,
  type Saved,
  type StoredVersion,
} from './package-rows.ts';

export type NewPackage = PackageContents & Pick<Package, 'name' | 'kind'>;

export interface PackageStore {
  /** In their newest versions, or in those that a run has which began at the revision. */
  list(asOf?: number): Promise<Package[]>;
  /** The same of one. @throws OstlerError NOT_FOUND */
  get(id: string, asOf?: number): Promise<Package>;
  /** What people call a version that content belongs to. @throws OstlerError NOT_FOUND */
  nameOfVersion(versionId: string): Promise<string>;
  /** @throws OstlerError ALREADY_EXISTS */
  refuseTaken(name: string): Promise<void>;
  /** Refers to the content and adds the rows. @throws OstlerError ALREADY_EXISTS */
  add(added: NewPackage, saved: Saved): Promise<Package>;
  /** @throws OstlerError NOT_FOUND, ALREADY_EXISTS */
  rename(id: string, name: string): Promise<Package>;
  /** Makes a new version that is the newest. What is not given stays as it is. @throws OstlerError NOT_FOUND, PACKAGE_CHANGED */
  addVersion(id: string, change: Partial<PackageContents>, saved: Saved): Promise<Package>;
  /** Newest first. @throws OstlerError NOT_FOUND */
  versions(id: string): Promise<StoredVersion[]>;
  /**
   * Removes an older version, unless something has it: `usersOf` is asked when no run can begin with it any more.
   * @throws OstlerError NOT_FOUND, PACKAGE_VERSION_NEWEST, IN_USE
   */
  removeVersion(id: string, version: number, usersOf: () => Promise<readonly string[]>): Promise<void>;
  /** With every version. */
  remove(id: string): Promise<void>;
}

interface Stores {
  readonly sql: Database['sql'];
  readonly content: Pick<ContentStore, 'refer' | 'release'>;
}

export function createPackageStore({ sql }: Database, content: Stores['content'], now: () => number): PackageStore {
  const stores = { sql, content };
  const get = async (id: string, asOf?: number): Promise<Package> => {
    const [found] = await readPackages(sql, asOf, id);
    if (found === undefined) throw new OstlerError('NOT_FOUND', { kind: 'package', id });
    return found;
  };
  return {
    list: (asOf) => readPackages(sql, asOf),
    get,
    nameOfVersion: (versionId) => nameOfVersion(sql, versionId),
    refuseTaken: (name) => refuseTaken(sql, name),
    add: async (added, saved) => get(await addPackage(stores, added, { ...saved, nowMs: now() })),
    rename: async (id, name) => {
      if (name !== (await get(id)).name) await refuseTaken(sql, name);
      await sql.updateTable('packages').set({ name }).where('id', '=', id).execute();
      return get(id);
    },
    addVersion: async (id, change, saved) => {
      const before = await get(id);
      const version = newVersionRow(id, before.version + 1, { ...before, ...change }, { ...saved, nowMs: now() });
      await saveVersion(stores, version, (transaction) => raiseVersion(transaction, before));
      return get(id);
    },
    versions: async (id) => {
      await get(id);
      const rows = sql.selectFrom('package_versions').selectAll().where('package_id', '=', id).orderBy('version', 'desc');
      return (await rows.execute()).map(toVersion);
    },
    removeVersion: async (id, version, usersOf) => removeVersion(stores, await get(id), version, usersOf),
    remove: async (id) => {
      const versions = await sql.selectFrom('package_versions').select('id').where('package_id', '=', id).execute();
      await sql.deleteFrom('packages').where('id', '=', id).execute();
      for (const version of versions) await content.release(ownerOf(version.id));
    },
  };
}

async function refuseTaken(sql: Queries, name: string): Promise<void> {
  const row = await sql.selectFrom('packages').select('id').where('name', '=', name).executeTakeFirst();
  if (row !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'package', name });
}

async function addPackage(
  stores: Stores,
  { name, kind, ...contents }: NewPackage,
  saved: Saved & { readonly nowMs: number },
): Promise<string> {
  await refuseTaken(stores.sql, name);
  const row = { id: newId('package'), name, kind, version: 1, created_at: saved.nowMs };
  try {
    await saveVersion(stores, newVersionRow(row.id, row.version, contents, saved), async (transaction) => {
      await transaction.insertInto('packages').values(row).execute();
    });
  } catch (error) {
    // Somebody else may have taken the name in between.
    await refuseTaken(stores.sql, name);
    throw error;
  }
  return row.id;
}

/** The reference first: a version whose content may be collected would be worse than a reference without a version. */
async function saveVersion({ sql, content }: Stores, row: NewVersionRow, before: (sql: Queries) => Promise<void>): Promise<void> {
  await content.refer(ownerOf(row.id), row.sha256);
  try {
    await sql.transaction().execute(async (transaction) => {
      await before(transaction);
      const revision = await takeRevision(transaction);
      await transaction
        .insertInto('package_versions')
        .values({ ...row, revision })
        .execute();
    });
  } catch (error) {
    await content.release(ownerOf(row.id));
    throw error;
  }
}

/** The row is the lock: of two new versions at once on top of one, the second changes no row. */
async function raiseVersion(sql: Queries, { id, version }: Package): Promise<void> {
  const { numUpdatedRows } = await sql
    .updateTable('packages')
    .set({ version: version + 1 })
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return;
  const row = await newestVersions(sql).where('packages.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'package', id });
  throw new OstlerError('PACKAGE_CHANGED', { name: row.name, version: row.version, savedBy: row.saved_by });
}

async function removeVersion(
  { sql, content }: Stores,
  { id, name, version: newest }: Package,
  version: number,
  usersOf: () => Promise<readonly string[]>,
): Promise<void> {
  const called = `${name} version ${version}`;
  const rows = sql.selectFrom('package_versions').select('id').where('package_id', '=', id).where('version', '=', version);
  const row = await rows.executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'package', id: called });
  if (version === newest) throw new OstlerError('PACKAGE_VERSION_NEWEST', { name, version });
  // Whoever was beginning a run with it holds the revision until the run can be seen.
  await holdRevision(sql);
  const users = await usersOf();
  if (users.length > 0) throw new OstlerError('IN_USE', { kind: 'package', name: called, users: users.join(', ') });
  await sql.deleteFrom('package_versions').where('id', '=', row.id).execute();
  await content.release(ownerOf(row.id));
}

async function nameOfVersion(sql: Queries, versionId: string): Promise<string> {
  const row = await allVersions(sql).where('package_versions.id', '=', versionId).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'package version', id: versionId });
  return `package ${row.name} version ${row.version}`;
}

function ownerOf(versionId: string): ContentOwner {
  return { kind: 'package-version', id: versionId };
}
