/** Which part of the network a run belongs to, for reports: where its agent first calls from. */
import { locate } from '../boundaries/locate.ts';
import type { Queries } from '../devices/store.ts';
import type { RunRow } from './store.ts';

/** Once a run: it stays where it began. */
export async function noteSite(sql: Queries, { id, site }: Pick<RunRow, 'id' | 'site'>, address: string): Promise<void> {
  if (site !== null) return;
  const { groups } = await locate(sql, address);
  const names = groups.map(({ name }) => name).join(', ');
  await sql.updateTable('runs').set({ site: names }).where('id', '=', id).execute();
}
