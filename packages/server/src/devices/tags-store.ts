/** Tags of devices: words that people give them. */
import type { Queries } from './store.ts';

/** The device has these tags and no others; of two that differ in case only, the first counts. */
export async function setTags(sql: Queries, deviceId: string, tags: readonly string[]): Promise<void> {
  const byKey = new Map(tags.toReversed().map((tag) => [tag.toLowerCase(), tag]));
  await sql.deleteFrom('device_tags').where('device_id', '=', deviceId).execute();
  const rows = [...byKey].map(([tag_key, tag]) => ({ device_id: deviceId, tag_key, tag }));
  if (rows.length > 0) await sql.insertInto('device_tags').values(rows).execute();
}
