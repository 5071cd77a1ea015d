/** SMSTSPreferredAdvertID: the deployment that a computer, or one of its collections, names as the one to begin without a menu (feature map §1.9). */
import type { Queries } from '../devices/store.ts';

const nameKey = 'smstspreferredadvertid';

/**
 * The id that the variable holds, or null. The device's own comes before its collections', and of these the one with the highest priority wins.
 * @param collections in rising priority
 */
export async function preferredDeployment(
  sql: Queries,
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
