/** Distribution points, their groups, and what content they should have and have. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('distribution_points')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('url', 'text', (column) => column.notNull().unique())
    .addColumn('assignment', 'text', (column) => column.notNull())
    .addColumn('space_reserve_bytes', 'bigint', (column) => column.notNull())
    .addColumn('pull_bytes_per_second', 'bigint')
    .addColumn('grace_hours', 'double precision', (column) => column.notNull())
    .addColumn('ticket_hash', 'text', (column) => column.unique())
    .addColumn('ticket_expires_at', 'bigint')
    .addColumn('key_hash', 'text', (column) => column.unique())
    .addColumn('enrolled_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .addColumn('last_seen_at', 'bigint')
    .addColumn('free_bytes', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('distribution_point_groups')
    .addColumn('point_id', 'text', (column) => column.notNull().references('distribution_points.id').onDelete('cascade'))
    .addColumn('group_id', 'text', (column) => column.notNull().references('boundary_groups.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('distribution_point_groups_key', ['point_id', 'group_id'])
    .execute();
  await schema
    .createTable('distribution_point_chosen')
    .addColumn('point_id', 'text', (column) => column.notNull().references('distribution_points.id').onDelete('cascade'))
    .addColumn('owner_kind', 'text', (column) => column.notNull())
    .addColumn('owner_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('distribution_point_chosen_key', ['point_id', 'owner_kind', 'owner_id'])
    .execute();
  await schema
    .createTable('distribution_point_content')
    .addColumn('point_id', 'text', (column) => column.notNull().references('distribution_points.id').onDelete('cascade'))
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('received_bytes', 'bigint', (column) => column.notNull())
    .addColumn('problem', 'text')
    .addColumn('verified_at', 'bigint')
    .addColumn('fetch_order', 'integer', (column) => column.notNull())
    .addColumn('validate_order', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('distribution_point_content_key', ['point_id', 'sha256'])
    .execute();
}
