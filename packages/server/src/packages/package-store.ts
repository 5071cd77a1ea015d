/** The rows of packages. What a package file must be is check-package.ts. */
import { DriverFacts, OstlerError, PackagePrograms, type ContentRef, type Package, type UpdatePackage } from '@ostler/contract';
import type { ContentStore } from '../content/content-store.ts';
import type { PackageTable } from '../content/tables.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';

export type NewPackage = Omit<Package, 'id' | 'createdAt'>;

export interface PackageStore {
  list(): Promise<Package[]>;
  /** @throws OstlerError NOT_FOUND */
  get(id: string): Promise<Package>;
  /** @throws OstlerError ALREADY_EXISTS */
  refuseTaken(name: string): Promise<void>;
  /** Refers to the content and adds the row. @throws OstlerError ALREADY_EXISTS */
  add(added: NewPackage): Promise<Package>;
  /** What is not given stays as it is. @throws OstlerError NOT_FOUND, ALREADY_EXISTS */
  update(id: string, change: UpdatePackage): Promise<Package>;
  remove(id: string): Promise<void>;
}

type Row = PackageTable;

export function createPackageStore({ sql }: Database, content: Pick<ContentStore, 'refer' | 'release'>, now: () => number): PackageStore {
  const refuseTaken = async (name: string): Promise<void> => {
    const row = await sql.selectFrom('packages').select('id').where('name', '=', name).executeTakeFirst();
    if (row !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'package', name });
  };
  const get = async (id: string): Promise<Package> => {
    const row = await sql.selectFrom('packages').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'package', id });
    return toPackage(row);
  };
  return {
    list: async () => (await sql.selectFrom('packages').selectAll().orderBy('name').execute()).map(toPackage),
    get,
    refuseTaken,
    add: async ({ name, kind, fileName, content: { sha256, sizeBytes }, drivers, programs }) => {
      await refuseTaken(name);
      const file = { file_name: fileName, sha256, size_bytes: sizeBytes, drivers: drivers === undefined ? null : JSON.stringify(drivers) };
      const row = { id: newId('package'), name, kind, ...file, programs: JSON.stringify(programs), created_at: now() };
      const owner = { kind: 'package', id: row.id } as const;
      await content.refer(owner, sha256);
      try {
        await sql.insertInto('packages').values(row).execute();
      } catch (error) {
        await content.release(owner);
        await refuseTaken(name);
        throw error;
      }
      return toPackage(row);
    },
    update: async (id, { name, programs }) => {
      const before = await get(id);
      if (name !== undefined && name !== before.name) await refuseTaken(name);
      const values = { name: name ?? before.name, programs: JSON.stringify(programs ?? before.programs) };
      await sql.updateTable('packages').set(values).where('id', '=', id).execute();
      return get(id);
    },
    remove: async (id) => {
      await sql.deleteFrom('packages').where('id', '=', id).execute();
      await content.release({ kind: 'package', id });
    },
  };
}

function toPackage(row: Row): Package {
  const content: ContentRef = { sha256: row.sha256, sizeBytes: row.size_bytes };
  return {
    id: row.id,
    name: row.name,
    // Safe: written by add() from the same type.
    kind: row.kind as Package['kind'],
    fileName: row.file_name,
    content,
    ...(row.drivers === null ? {} : { drivers: DriverFacts.parse(JSON.parse(row.drivers)) }),
    programs: PackagePrograms.parse(JSON.parse(row.programs)),
    createdAt: new Date(row.created_at).toISOString(),
  };
}
