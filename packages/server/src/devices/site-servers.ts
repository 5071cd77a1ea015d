/** The site's own servers: the machine that this server runs on, and the members of the collections that the settings name. */
import type { SiteSettings } from '@ostler/contract';
import { regardedIdentity, type MachineIdentity } from './identity.ts';
import { findDeviceByIdentity, type Queries } from './store.ts';

export interface SiteServers {
  readonly settings: Pick<SiteSettings, 'siteServerCollectionIds' | 'disregardedSmbiosUuids' | 'disregardedMacAddresses'>;
  readonly ownMachine: MachineIdentity;
}

export async function isSiteServer(
  sql: Queries,
  deviceId: string,
  collections: readonly { readonly id: string }[],
  { settings, ownMachine }: SiteServers,
): Promise<boolean> {
  if (collections.some(({ id }) => settings.siteServerCollectionIds.includes(id))) return true;
  return (await findDeviceByIdentity(sql, regardedIdentity(ownMachine, settings)))?.id === deviceId;
}

export async function siteServerIds(sql: Queries, { settings, ownMachine }: SiteServers): Promise<ReadonlySet<string>> {
  const own = await findDeviceByIdentity(sql, regardedIdentity(ownMachine, settings));
  const ids = settings.siteServerCollectionIds;
  const members =
    ids.length === 0 ? [] : await sql.selectFrom('collection_members').select('device_id').where('collection_id', 'in', ids).execute();
  return new Set([...members.map(({ device_id }) => device_id), ...(own === null ? [] : [own.id])]);
}
