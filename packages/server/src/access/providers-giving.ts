/** What the groups of identity providers hold: roles, and what these are limited to. */
import type { Queries } from '../devices/store.ts';

/** The identity providers that give a group this role, or a role on this scope or collection: `the identity provider corp`. */
export async function providersGiving(sql: Queries, id: string): Promise<string[]> {
  const rows = await sql.selectFrom('identity_providers').select('name').where('settings', 'like', `%"${id}"%`).orderBy('name').execute();
  return rows.map(({ name }) => `the identity provider ${name}`);
}
