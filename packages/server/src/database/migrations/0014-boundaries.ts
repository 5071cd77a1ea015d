/** Boundaries and boundary groups. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('boundaries')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('addresses', 'text', (column) => column.notNull().unique())
    .addColumn('first_address', 'text', (column) => column.notNull())
    .addColumn('last_address', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('boundary_groups')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('boundary_group_boundaries')
    .addColumn('group_id', 'text', (column) => column.notNull().references('boundary_groups.id').onDelete('cascade'))
    .addColumn('boundary_id', 'text', (column) => column.notNull().references('boundaries.id'))
    .addPrimaryKeyConstraint('boundary_group_boundaries_key', ['group_id', 'boundary_id'])
    .execute();
  await schema
    .createTable('boundary_group_neighbours')
    .addColumn('group_id', 'text', (column) => column.notNull().references('boundary_groups.id').onDelete('cascade'))
    .addColumn('neighbour_id', 'text', (column) => column.notNull().references('boundary_groups.id'))
    .addColumn('fallback_minutes', 'integer')
    .addPrimaryKeyConstraint('boundary_group_neighbours_key', ['group_id', 'neighbour_id'])
    .execute();
}
