/** Who is offered a deployment. Those from before were for network boot. Forward only; the common subset. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .alterTable('deployments')
    .addColumn('available_to', 'text', (column) => column.notNull().defaultTo('media-and-network-boot'))
    .execute();
}
