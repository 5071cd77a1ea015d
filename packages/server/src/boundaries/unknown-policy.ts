/** What an unknown computer gets: as its boundary group says, or else as the site does (feature map §1.15). */
import type { LocationExplanation, SiteSettings, UnknownComputers } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';
import { locate, type Whereabouts } from './locate.ts';

export type UnknownPolicy = LocationExplanation['unknownComputers'];

/** Of several groups that say different things, the one that gives the least decides. */
const leastFirst: readonly UnknownComputers[] = ['ignore', 'approval', 'menu'];

/** Of a computer in these groups. */
export async function unknownPolicyOf(
  sql: Queries,
  groups: Whereabouts['groups'],
  { unknownComputers }: Pick<SiteSettings, 'unknownComputers'>,
): Promise<UnknownPolicy> {
  const ids = groups.map(({ id }) => id);
  const rows = ids.length === 0 ? [] : await sql.selectFrom('boundary_groups').selectAll().where('id', 'in', ids).orderBy('name').execute();
  for (const policy of leastFirst) {
    const deciding = rows.find((row) => row.unknown_computers === policy);
    if (deciding !== undefined) return { policy, decidedBy: { id: deciding.id, name: deciding.name } };
  }
  return { policy: unknownComputers, decidedBy: null };
}

/** The site's settings as they are for a computer that calls from this address. */
export async function settingsAt(sql: Queries, address: string, settings: SiteSettings): Promise<SiteSettings> {
  const { groups } = await locate(sql, address);
  const { policy } = await unknownPolicyOf(sql, groups, settings);
  return { ...settings, unknownComputers: policy };
}
