/** The rows of packages and of their versions: how they are read, and what they are in the contract's nouns. package-store.ts writes them. */
import { DriverFacts, PackagePrograms, type Package, type PackageVersion } from '@ostler/contract';
import type { PackageVersionTable } from '../content/tables.ts';
import { newId } from '../database/new-id.ts';
import type { Queries } from '../devices/store.ts';
import { isoTime } from '../iso-time.ts';
import { versionAt } from './content-revision.ts';

/** What has versions. */
export type PackageContents = Pick<Package, 'fileName' | 'content' | 'drivers' | 'programs'>;
export interface Saved {
  readonly savedBy: string;
  readonly comment: string;
}
export type StoredVersion = Omit<PackageVersion, 'usedBy'>;
export type NewVersionRow = Omit<PackageVersionTable, 'revision'>;

type PackageRow = PackageVersionTable & { readonly name: string; readonly kind: string; readonly created_at: number };

/** By name, each in its newest version, or in the one of the revision. */
export async function readPackages(sql: Queries, asOf: number | undefined, id?: string): Promise<Package[]> {
  const versions = asOf === undefined ? newestVersions(sql) : allVersions(sql);
  const query = id === undefined ? versions : versions.where('packages.id', '=', id);
  const rows = await query.orderBy('packages.name').orderBy('package_versions.version').execute();
  if (asOf === undefined) return rows.map(toPackage);
  const byPackage = [...Map.groupBy(rows, (row) => row.package_id).values()];
  return byPackage.flatMap((each) => versionAt(each, asOf) ?? []).map(toPackage);
}

export function allVersions(sql: Queries) {
  return sql
    .selectFrom('packages')
    .innerJoin('package_versions', 'package_versions.package_id', 'packages.id')
    .selectAll('package_versions')
    .select(['packages.name', 'packages.kind', 'packages.created_at']);
}

export function newestVersions(sql: Queries) {
  return allVersions(sql).whereRef('package_versions.version', '=', 'packages.version');
}

export function newVersionRow(
  packageId: string,
  version: number,
  { fileName, content, drivers, programs }: PackageContents,
  { savedBy, comment, nowMs }: Saved & { readonly nowMs: number },
): NewVersionRow {
  return {
    id: newId('version'),
    package_id: packageId,
    version,
    file_name: fileName,
    sha256: content.sha256,
    size_bytes: content.sizeBytes,
    drivers: drivers === undefined ? null : JSON.stringify(drivers),
    programs: JSON.stringify(programs),
    comment,
    saved_by: savedBy,
    saved_at: nowMs,
  };
}

function toPackage(row: PackageRow): Package {
  // Safe: written by the store's add() from the same type.
  const kind = row.kind as Package['kind'];
  return { id: row.package_id, name: row.name, kind, ...versioned(row), createdAt: isoTime(row.created_at) };
}

export function toVersion(row: PackageVersionTable): StoredVersion {
  return { ...versioned(row), comment: row.comment, savedBy: row.saved_by, savedAt: isoTime(row.saved_at) };
}

function versioned(row: PackageVersionTable): PackageContents & Pick<Package, 'version'> {
  return {
    version: row.version,
    fileName: row.file_name,
    content: { sha256: row.sha256, sizeBytes: row.size_bytes },
    ...(row.drivers === null ? {} : { drivers: DriverFacts.parse(JSON.parse(row.drivers)) }),
    programs: PackagePrograms.parse(JSON.parse(row.programs)),
  };
}
