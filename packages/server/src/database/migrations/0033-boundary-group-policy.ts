/** What unknown computers of a boundary group get; null: what the site says. Forward only. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema.alterTable('boundary_groups').addColumn('unknown_computers', 'text').execute();
}
