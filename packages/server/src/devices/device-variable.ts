/** One plain variable as the site itself reads it of a device, without the merge of a whole run. */
import type { Queries } from './store.ts';

/**
 * The value, or null. The device's own comes before its collections', and of these the one with the highest priority wins (feature map §3.1).
 * @param nameKey in lower case
 * @param collections of the device, in rising priority
 */
export async function deviceVariable(
  sql: Queries,
  nameKey: string,
  deviceId: string,
  collections: readonly { readonly id: string }[],
): Promise<string | null> {
  const rows = await sql
    .selectFrom('variables')
    .select(['owner_kind', 'owner_id', 'value'])
    .where('name_key', '=', nameKey)
    .where('owner_id', 'in', [deviceId, ...collections.map(({ id }) => id)])
    .where('secret', '=', 0)
    .execute();
  const valueOf = (kind: 'device' | 'collection', id: string) => rows.find((row) => row.owner_kind === kind && row.owner_id === id)?.value;
  const inOrder = [valueOf('device', deviceId), ...collections.toReversed().map(({ id }) => valueOf('collection', id))];
  return inOrder.find((value) => value !== undefined && value !== '') ?? null;
}
