/** When a deployment applies, whether it runs again, and which comes first. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  const columns = { schedule: '{}', rerun: 'never', priority: 'normal' };
  for (const [name, value] of Object.entries(columns)) {
    await schema
      .alterTable('deployments')
      .addColumn(name, 'text', (column) => column.notNull().defaultTo(value))
      .execute();
  }
}
