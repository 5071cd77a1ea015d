/** What reports group by, beside the JSON that has it, and how long steps took. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql, type Kysely } from 'kysely';

interface Before {
  devices: { id: string; model: string };
  device_facts: { device_id: string; facts: string };
  device_inventories: { device_id: string; operating_system: string | null; system_name: string };
  runs: { id: string; failure: string | null; failure_code: string | null; failure_step: string | null };
}

/** Runs have large columns: what counts very many of them finds all that it needs in an index. */
const indexes = [
  'runs_count_due on runs (number) where count_due = 1',
  'runs_ended on runs (ended_at, state, deployment_id, task_sequence_id, started_at)',
  'runs_times on runs (deployment_id, ended_at, state, started_at, id)',
  'runs_versions on runs (task_sequence_id, task_sequence_version, state, started_at, ended_at)',
  'runs_of_device on runs (device_id, number, state, task_sequence_id, task_sequence_version)',
  'runs_failures on runs (deployment_id, state, newest, rerun_allowed, failure_code, failure_step, number, device_name)',
];

export async function up(database: Kysely<Before>): Promise<void> {
  await addColumns(database);
  await fillColumns(database);
  const { schema } = database;
  await schema
    .createTable('step_histories')
    .addColumn('deployment_id', 'text', (column) => column.notNull())
    .addColumn('task_sequence_id', 'text', (column) => column.notNull())
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('grouped_by', 'text', (column) => column.notNull())
    .addColumn('group_name', 'text', (column) => column.notNull())
    .addColumn('step', 'text', (column) => column.notNull())
    .addColumn('place', 'text', (column) => column.notNull())
    .addColumn('failed', 'integer', (column) => column.notNull())
    .addColumn('total_ms', 'bigint', (column) => column.notNull())
    .addColumn('longest_ms', 'bigint', (column) => column.notNull())
    .addColumn('histogram', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('step_histories_key', ['deployment_id', 'grouped_by', 'day', 'group_name', 'step'])
    .execute();
  await schema.createIndex('step_histories_sequence').on('step_histories').columns(['task_sequence_id', 'grouped_by', 'day']).execute();
  await schema.createIndex('step_histories_day').on('step_histories').columns(['grouped_by', 'day']).execute();
  for (const index of indexes) await sql.raw(`create index ${index}`).execute(database);
  await schema.dropIndex('runs_device').execute();
  await schema.createIndex('devices_model').on('devices').columns(['model', 'state']).execute();
  await schema.createIndex('device_inventories_system').on('device_inventories').column('system_name').execute();
}

async function addColumns({ schema }: Kysely<Before>): Promise<void> {
  const texts = { devices: 'model', device_inventories: 'system_name', runs: 'model' };
  for (const [table, name] of Object.entries(texts)) {
    await schema
      .alterTable(table)
      .addColumn(name, 'text', (column) => column.notNull().defaultTo(''))
      .execute();
  }
  for (const name of ['site', 'failure_code', 'failure_step']) await schema.alterTable('runs').addColumn(name, 'text').execute();
  for (const name of ['was_unknown', 'counted_sequence', 'count_due']) {
    await schema
      .alterTable('runs')
      .addColumn(name, 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
  }
}

async function fillColumns(database: Kysely<Before>): Promise<void> {
  await fillModels(database);
  await fillSystemNames(database);
  await fillFailures(database);
  await sql`update runs set model = coalesce((select model from devices where devices.id = runs.device_id), '')`.execute(database);
  await sql`update runs set count_due = 1 where state <> 'running'`.execute(database);
}

async function fillModels(database: Kysely<Before>): Promise<void> {
  for (const { device_id, facts } of await database.selectFrom('device_facts').selectAll().execute()) {
    const { manufacturer = '', model = '' } = JSON.parse(facts) as { manufacturer?: string; model?: string };
    const name = model === '' ? '' : `${manufacturer} ${model}`;
    await database.updateTable('devices').set({ model: name }).where('id', '=', device_id).execute();
  }
}

async function fillSystemNames(database: Kysely<Before>): Promise<void> {
  const systems = database.selectFrom('device_inventories').select(['device_id', 'operating_system']);
  for (const { device_id, operating_system } of await systems.where('operating_system', 'is not', null).execute()) {
    const { name = '' } = JSON.parse(operating_system ?? '{}') as { name?: string };
    await database.updateTable('device_inventories').set({ system_name: name }).where('device_id', '=', device_id).execute();
  }
}

async function fillFailures(database: Kysely<Before>): Promise<void> {
  const failures = database.selectFrom('runs').select(['id', 'failure']).where('failure', 'is not', null);
  for (const { id, failure } of await failures.execute()) {
    const { stepName = '', error } = JSON.parse(failure ?? '{}') as { stepName?: string; error?: { code?: string } };
    const columns = { failure_code: error?.code ?? '', failure_step: stepName };
    await database.updateTable('runs').set(columns).where('id', '=', id).execute();
  }
}
