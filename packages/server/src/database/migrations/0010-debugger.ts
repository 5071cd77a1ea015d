/** Deployments in debug mode, the debugger of a run, and the commands on their way to it. Forward only; the common subset. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  for (const table of ['deployments', 'runs']) {
    await schema
      .alterTable(table)
      .addColumn('debug', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
  }
  await schema
    .alterTable('runs')
    .addColumn('debugger', 'text', (column) => column.notNull().defaultTo('off'))
    .execute();
  await schema
    .alterTable('runs')
    .addColumn('debug_orders', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema.alterTable('runs').addColumn('debug_view', 'text').execute();
  await schema
    .createTable('debug_orders')
    .addColumn('run_id', 'text', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('command', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('debug_orders_key', ['run_id', 'number'])
    .execute();
}
