/** Task sequences, devices, collections, deployments, runs and their keys. */
import { sql, type Kysely } from 'kysely';

/** Forward only. Uses the common subset of SQLite and PostgreSQL. */
export async function up(database: Kysely<unknown>): Promise<void> {
  await taskSequences(database);
  await devices(database);
  await collections(database);
  await deployments(database);
  await runs(database);
}

async function taskSequences({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('task_sequences')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('task_sequence_versions')
    .addColumn('task_sequence_id', 'text', (column) => column.notNull().references('task_sequences.id').onDelete('cascade'))
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('definition', 'text', (column) => column.notNull())
    .addColumn('saved_by', 'text', (column) => column.notNull())
    .addColumn('saved_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('task_sequence_versions_key', ['task_sequence_id', 'version'])
    .execute();
}

async function devices({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('devices')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('smbios_uuid', 'text', (column) => column.unique())
    .addColumn('facts', 'text')
    .addColumn('claim_hash', 'text')
    .addColumn('claim_seen_at', 'bigint')
    .addColumn('last_seen_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('device_mac_addresses')
    .addColumn('mac_address', 'text', (column) => column.primaryKey())
    .addColumn('device_id', 'text', (column) => column.notNull().references('devices.id').onDelete('cascade'))
    .execute();
  await schema.createIndex('device_mac_addresses_device').on('device_mac_addresses').column('device_id').execute();
}

async function collections(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('collections')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('priority', 'integer', (column) => column.notNull())
    .addColumn('built_in', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('collection_members')
    .addColumn('collection_id', 'text', (column) => column.notNull().references('collections.id').onDelete('cascade'))
    .addColumn('device_id', 'text', (column) => column.notNull().references('devices.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('collection_members_key', ['collection_id', 'device_id'])
    .execute();
  await schema.createIndex('collection_members_device').on('collection_members').column('device_id').execute();
  await schema
    .createTable('variables')
    .addColumn('owner_kind', 'text', (column) => column.notNull())
    .addColumn('owner_id', 'text', (column) => column.notNull())
    .addColumn('name_key', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('secret', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('variables_key', ['owner_kind', 'owner_id', 'name_key'])
    .execute();
  await sql`insert into collections (id, name, priority, built_in, created_at) values
    ('all-systems', 'All Systems', 1, 1, 0), ('all-unknown-computers', 'All Unknown Computers', 1, 1, 0)`.execute(database);
}

async function deployments({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('deployments')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('task_sequence_id', 'text', (column) => column.notNull().references('task_sequences.id'))
    .addColumn('task_sequence_version', 'integer')
    .addColumn('collection_id', 'text', (column) => column.notNull().references('collections.id'))
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
}

async function runs({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('runs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('number', 'integer', (column) => column.notNull().unique())
    .addColumn('deployment_id', 'text', (column) => column.notNull())
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('device_name', 'text', (column) => column.notNull())
    .addColumn('task_sequence_id', 'text', (column) => column.notNull())
    .addColumn('task_sequence_name', 'text', (column) => column.notNull())
    .addColumn('task_sequence_version', 'integer', (column) => column.notNull())
    .addColumn('definition', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('environment', 'text', (column) => column.notNull())
    .addColumn('step', 'text')
    .addColumn('failure', 'text')
    .addColumn('journal', 'text')
    .addColumn('journal_revision', 'integer', (column) => column.notNull())
    .addColumn('sealing_key', 'text', (column) => column.notNull())
    .addColumn('cancel_requested', 'integer', (column) => column.notNull())
    .addColumn('rerun_allowed', 'integer', (column) => column.notNull())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('last_contact_at', 'bigint', (column) => column.notNull())
    .execute();
  // Two runs at once on one machine cannot be.
  await schema
    .createIndex('runs_one_running')
    .unique()
    .on('runs')
    .column('device_id')
    .where(sql.ref('state'), '=', sql.lit('running'))
    .execute();
  await schema.createIndex('runs_deployment').on('runs').columns(['deployment_id', 'device_id']).execute();
  await schema.createIndex('runs_device').on('runs').column('device_id').execute();
  await schema
    .createTable('run_messages')
    .addColumn('run_id', 'text', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('message', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('run_messages_key', ['run_id', 'sequence'])
    .execute();
  await schema
    .createTable('agent_keys')
    .addColumn('device_id', 'text', (column) => column.primaryKey().references('devices.id').onDelete('cascade'))
    .addColumn('key_hash', 'text', (column) => column.notNull().unique())
    .addColumn('run_id', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
}
