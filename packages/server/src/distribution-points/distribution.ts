/** Where one image, package or application is: which distribution points should have it, how far each is, and what uses it. */
import { OstlerError, type Application, type ContentDistribution, type ContentObjectKind, type ContentUser } from '@ostler/contract';
import { linksOf } from '../applications/links.ts';
import type { Queries } from '../devices/store.ts';
import { newestVersions } from '../packages/package-rows.ts';
import { contentUsers } from '../task-sequences/content-users.ts';
import { stateOf } from './point-store.ts';
import { placedContent } from './wanted-content.ts';

export interface DistributionSources {
  readonly sql: Queries;
  readonly nowMs: number;
  readonly applications: { list(): Promise<readonly Application[]> };
}

/** @throws OstlerError NOT_FOUND */
export async function distributionOf(kind: ContentObjectKind, id: string, sources: DistributionSources): Promise<ContentDistribution> {
  const { name, ...placed } = await placesOf(kind, id, sources);
  return { object: { kind, id, name }, ...placed, usedBy: await usersOf(kind, id, sources) };
}

/** Its content is its package's. @throws OstlerError NOT_FOUND */
export async function applicationDistribution(id: string, sources: DistributionSources): Promise<ContentDistribution> {
  const all = await sources.applications.list();
  const found = all.find((each) => each.id === id);
  if (found === undefined) throw new OstlerError('NOT_FOUND', { kind: 'application', id });
  const { name: _package, ...placed } = await placesOf('package', found.packageId, sources);
  const usedBy = [...asUsers(all.filter((each) => linksOf(each).includes(id))), ...(await contentUsers(sources.sql, 'application', id))];
  return { object: { kind: 'application', id, name: found.name }, ...placed, usedBy };
}

async function placesOf(kind: ContentObjectKind, id: string, { sql, nowMs }: DistributionSources) {
  const found = await newestContent(kind, id, sql);
  if (found === undefined) throw new OstlerError('NOT_FOUND', { kind, id });
  const { name, sha256, size_bytes: sizeBytes } = found;
  const points: ContentDistribution['points'] = [];
  for (const row of await sql.selectFrom('distribution_points').selectAll().orderBy('name').execute()) {
    const piece = (await placedContent(sql, row)).find((each) => each.sha256 === sha256);
    if (piece === undefined) continue;
    const { state, receivedBytes, problem, verifiedAt } = piece;
    points.push({ id: row.id, name: row.name, pointState: stateOf(row, nowMs), state, receivedBytes, problem, verifiedAt });
  }
  const missingBytes = points.reduce((sum, { state, receivedBytes }) => sum + (state === 'present' ? 0 : sizeBytes - receivedBytes), 0);
  return { name, sha256, sizeBytes, points, missingBytes };
}

function newestContent(kind: ContentObjectKind, id: string, sql: Queries) {
  if (kind === 'package') return newestVersions(sql).where('packages.id', '=', id).executeTakeFirst();
  return sql.selectFrom('images').select(['name', 'sha256', 'size_bytes']).where('id', '=', id).executeTakeFirst();
}

async function usersOf(kind: ContentObjectKind, id: string, { sql, applications }: DistributionSources): Promise<ContentUser[]> {
  const installers = kind === 'package' ? (await applications.list()).filter(({ packageId }) => packageId === id) : [];
  return [...asUsers(installers), ...(await contentUsers(sql, kind, id))];
}

function asUsers(applications: readonly Application[]): ContentUser[] {
  return applications.map(({ id, name }) => ({ kind: 'application', id, name, version: null }));
}
