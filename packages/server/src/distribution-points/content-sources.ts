/** The places that a computer gets content from, in order: distribution points of its groups, of their neighbours, the site. */
import { createHash } from 'node:crypto';
import type { LocationExplanation } from '@ostler/contract';
import { locate, type Whereabouts } from '../boundaries/locate.ts';
import type { Queries } from '../devices/store.ts';
import { stateOf } from './point-store.ts';
import type { PointRow } from './wanted-content.ts';

export interface SourceQuestion {
  readonly address: string;
  /** null: whatever content it may be. */
  readonly sha256: string | null;
  readonly siteUrl: string;
  readonly nowMs: number;
}

export type Sources = Pick<LocationExplanation, 'sources' | 'leftOut'>;

/** A group that may be asked, and why. */
interface Tier {
  readonly groupId: string;
  readonly reason: string;
}

type Candidate = Pick<PointRow, 'id' | 'name' | 'url' | 'enrolled_at' | 'revoked_at' | 'last_seen_at'>;

const problems = {
  waiting: 'it has not enrolled yet',
  silent: 'it has not been heard of for some minutes',
  revoked: 'it was revoked',
} as const;

/** Where a computer with this address is, and the sources that follow from it. */
export async function explainSources(sql: Queries, question: SourceQuestion): Promise<Omit<LocationExplanation, 'unknownComputers'>> {
  const whereabouts = await locate(sql, question.address);
  return { address: question.address, ...whereabouts, ...(await sourcesOf(sql, whereabouts, question)) };
}

async function sourcesOf(sql: Queries, whereabouts: Whereabouts, question: SourceQuestion): Promise<Sources> {
  const { address, sha256, siteUrl, nowMs } = question;
  const has = sha256 === null ? null : await pointsWith(sql, sha256);
  const sources: Sources['sources'] = [];
  const leftOut = new Map<string, Sources['leftOut'][number]>();
  for (const { groupId, reason } of tiersOf(whereabouts)) {
    for (const point of spread(await pointsOf(sql, groupId), address)) {
      const { id, name, url } = point;
      if (sources.some((source) => source.id === id)) continue;
      const problem = problemOf(point, has, nowMs);
      if (problem === null) sources.push({ kind: 'distribution-point', id, name, url, reason });
      else leftOut.set(id, { id, name, reason: problem });
    }
  }
  const site = { kind: 'site', id: null, name: 'the site', url: siteUrl, reason: 'the site is always the last' } as const;
  return { sources: [...sources, site], leftOut: [...leftOut.values()] };
}

/** The own groups first, then neighbours that are ever asked, the soonest first. */
function tiersOf({ groups, neighbours }: Whereabouts): Tier[] {
  const own = groups.map(({ id, name }) => ({ groupId: id, reason: `in the boundary group ${name}` }));
  const others = neighbours.flatMap(({ id, name, of, fallbackMinutes }) =>
    fallbackMinutes === null ? [] : [{ groupId: id, reason: `in ${name}, a neighbour of ${of} (${fallbackMinutes} min)` }],
  );
  return [...own, ...others];
}

function problemOf(point: Candidate, has: ReadonlySet<string> | null, nowMs: number): string | null {
  const state = stateOf(point, nowMs);
  if (state !== 'healthy') return problems[state];
  return has === null || has.has(point.id) ? null : 'it does not have all of this content';
}

async function pointsOf(sql: Queries, groupId: string): Promise<Candidate[]> {
  return sql
    .selectFrom('distribution_points')
    .innerJoin('distribution_point_groups', 'distribution_point_groups.point_id', 'distribution_points.id')
    .selectAll('distribution_points')
    .where('distribution_point_groups.group_id', '=', groupId)
    .execute();
}

async function pointsWith(sql: Queries, sha256: string): Promise<ReadonlySet<string>> {
  const rows = await sql
    .selectFrom('distribution_point_content')
    .select('point_id')
    .where('sha256', '=', sha256)
    .where('state', '=', 'present')
    .execute();
  return new Set(rows.map((row) => row.point_id));
}

/** Distribution points of one group share its computers: each address has an order of its own, always the same. */
function spread(points: readonly Candidate[], address: string): Candidate[] {
  const weight = ({ id }: Candidate): string => createHash('sha256').update(`${address} ${id}`).digest('hex');
  return points.toSorted((a, b) => (weight(a) < weight(b) ? -1 : 1));
}
