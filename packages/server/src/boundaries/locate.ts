/**
 * Where a computer is, from the address that it calls from: the boundaries that have the address, the groups that follow from them, and
 * which groups may help out. Which places of content that means is decided elsewhere.
 */
import type { LocationExplanation } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';
import { addressCount, addressKey } from './address-range.ts';
import { getGroup, soonerFirst } from './group-store.ts';

export type Whereabouts = Pick<LocationExplanation, 'boundaries' | 'groups' | 'neighbours'>;

interface Match {
  readonly id: string;
  readonly name: string;
  readonly addresses: string;
  readonly count: bigint;
  readonly groups: readonly { readonly id: string; readonly name: string }[];
}

/**
 * The narrowest boundary that has the address and is in a group decides; several of the same width decide together. A text that is no
 * address is nowhere.
 */
export async function locate(sql: Queries, address: string): Promise<Whereabouts> {
  const matches = await boundariesOf(sql, address);
  const narrowest = matches.find(({ groups }) => groups.length > 0)?.count ?? 0n;
  const boundaries = matches.map(({ id, name, addresses, count, groups }) => {
    const decides = groups.length > 0 && count === narrowest;
    const reason = groups.length === 0 ? 'it is in no group' : decides ? 'it is the narrowest one' : 'a narrower one decides';
    return { id, name, addresses, decides, reason };
  });
  const deciding = matches.filter((_match, index) => boundaries[index]?.decides === true);
  const groups = [...new Map(deciding.flatMap((match) => match.groups.map((group) => [group.id, group] as const))).values()];
  return { boundaries, groups, neighbours: await neighboursOf(sql, groups) };
}

/** The narrowest first. */
async function boundariesOf(sql: Queries, address: string): Promise<Match[]> {
  const key = addressKey(address);
  if (key === null) return [];
  const rows = await sql.selectFrom('boundaries').selectAll().where('first_address', '<=', key).where('last_address', '>=', key).execute();
  const matches = rows.map(async ({ id, name, addresses, first_address: first, last_address: last }) => {
    const groups = await sql
      .selectFrom('boundary_groups')
      .innerJoin('boundary_group_boundaries', 'boundary_group_boundaries.group_id', 'boundary_groups.id')
      .select(['boundary_groups.id', 'boundary_groups.name'])
      .where('boundary_group_boundaries.boundary_id', '=', id)
      .orderBy('boundary_groups.name')
      .execute();
    return { id, name, addresses, count: addressCount({ first, last }), groups };
  });
  return (await Promise.all(matches)).toSorted((a, b) => (a.count < b.count ? -1 : a.count > b.count ? 1 : a.name.localeCompare(b.name)));
}

/** Of several relationships to one neighbour the soonest counts. */
async function neighboursOf(sql: Queries, own: Whereabouts['groups']): Promise<Whereabouts['neighbours']> {
  const found = new Map<string, Whereabouts['neighbours'][number]>();
  for (const { id, name: of } of own) {
    for (const neighbour of (await getGroup(sql, id)).neighbours) {
      const known = found.get(neighbour.id);
      const isOwn = own.some((group) => group.id === neighbour.id);
      if (isOwn || (known !== undefined && soonerFirst(known, neighbour) <= 0)) continue;
      found.set(neighbour.id, { ...neighbour, of });
    }
  }
  return [...found.values()].toSorted(soonerFirst);
}
