/** Roles, security scopes, and who has which role on what. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql as raw, type Kysely } from 'kysely';

export async function up(sql: Kysely<unknown>): Promise<void> {
  const { schema } = sql;
  await schema
    .createTable('roles')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('permissions', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('role_assignments')
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id').onDelete('cascade'))
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('role_id', 'text', (column) => column.notNull())
    .addColumn('scope_ids', 'text')
    .addColumn('collection_ids', 'text')
    .addPrimaryKeyConstraint('role_assignments_key', ['account_id', 'number'])
    .execute();
  await schema
    .createTable('security_scopes')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await raw`insert into security_scopes (id, name, description, created_at)
    values ('default', 'Default', 'Every object that is in no other scope', 0)`.execute(sql);
  await schema
    .createTable('security_scope_objects')
    .addColumn('scope_id', 'text', (column) => column.notNull().references('security_scopes.id').onDelete('cascade'))
    .addColumn('object_type', 'text', (column) => column.notNull())
    .addColumn('object_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('security_scope_objects_key', ['object_type', 'object_id', 'scope_id'])
    .execute();
  await schema
    .alterTable('accounts')
    .addColumn('disabled', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  // Until now there were administrators only.
  await raw`insert into role_assignments (account_id, number, role_id) select id, 0, 'full-administrator' from accounts`.execute(sql);
  await schema.alterTable('accounts').dropColumn('role').execute();
}
