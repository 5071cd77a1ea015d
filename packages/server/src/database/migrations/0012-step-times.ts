/** How long steps take on each model. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  // Null: from before there was this column.
  await schema.alterTable('run_messages').addColumn('received_at', 'bigint').execute();
  await schema
    .createTable('step_times')
    .addColumn('task_sequence_id', 'text', (column) => column.notNull().references('task_sequences.id').onDelete('cascade'))
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('step', 'text', (column) => column.notNull())
    .addColumn('environment', 'text', (column) => column.notNull())
    .addColumn('step_ms', 'bigint', (column) => column.notNull())
    .addColumn('run_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('step_times_key', ['task_sequence_id', 'model', 'step', 'environment'])
    .execute();
}
