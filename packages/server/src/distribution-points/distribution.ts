/** Where one image or package is: which distribution points should have it, how far each is, and what uses it. */
import { OstlerError, type ContentDistribution, type ContentObjectKind } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';
import { newestVersions } from '../packages/package-rows.ts';
import { contentUsers } from '../task-sequences/store.ts';
import { stateOf } from './point-store.ts';
import { placedContent } from './wanted-content.ts';

export interface DistributionSources {
  readonly sql: Queries;
  readonly nowMs: number;
  readonly applications: { list(): Promise<readonly { readonly name: string; readonly packageId: string }[]> };
}

/** @throws OstlerError NOT_FOUND */
export async function distributionOf(kind: ContentObjectKind, id: string, sources: DistributionSources): Promise<ContentDistribution> {
  const { sql, nowMs } = sources;
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
  return { object: { kind, id, name }, sha256, sizeBytes, points, missingBytes, usedBy: await usersOf(kind, id, sources) };
}

function newestContent(kind: ContentObjectKind, id: string, sql: Queries) {
  if (kind === 'package') return newestVersions(sql).where('packages.id', '=', id).executeTakeFirst();
  return sql.selectFrom('images').select(['name', 'sha256', 'size_bytes']).where('id', '=', id).executeTakeFirst();
}

async function usersOf(kind: ContentObjectKind, id: string, { sql, applications }: DistributionSources): Promise<string[]> {
  const installers = kind === 'package' ? (await applications.list()).filter(({ packageId }) => packageId === id) : [];
  return [...installers.map(({ name }) => `the application ${name}`), ...(await contentUsers(sql, kind, id))];
}
