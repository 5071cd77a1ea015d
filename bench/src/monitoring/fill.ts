/** A fleet that has run one deployment, written straight into the database: in words that SQLite and PostgreSQL share. */
import { idInSql } from '../large-site/ids.ts';
import type { PlainDatabase } from '../large-site/plain-database.ts';

export interface FilledFleet {
  readonly devices: number;
  readonly messages: number;
  readonly deploymentId: string;
  readonly collectionId: string;
  readonly taskSequenceId: string;
  /** The end of it, in milliseconds since 1970: its runs are of the two weeks before. */
  readonly nowMs: number;
}

const spreadMs = 14 * 86_400_000;
const models = 50;
const sites = 40;
/** Each hundred computers: these have not run it, these run, these were cancelled, these have failed, the rest has succeeded. */
const states = `case when n % 100 < 5 then 'none' when n % 100 = 5 then 'running' when n % 100 = 6 then 'cancelled' when n % 100 < 12 then 'failed' else 'succeeded' end`;

export async function fillFleet(database: PlainDatabase, fleet: FilledFleet): Promise<void> {
  for (const statement of statements(fleet)) await database.execute(statement);
}

function statements(fleet: FilledFleet): string[] {
  const { devices, messages, collectionId, nowMs } = fleet;
  return [
    'create temporary table numbers (n integer primary key, id text not null, state text not null, started bigint not null)',
    `insert into numbers with recursive counted(n) as (select 0 union all select n + 1 from counted where n < ${devices - 1})
      select n, ${idInSql}, ${states}, ${nowMs - spreadMs} + n * cast(${Math.floor(spreadMs / devices)} as bigint) from counted`,
    'create temporary table sequences (s integer primary key)',
    `insert into sequences with recursive counted(s) as (select 0 union all select s + 1 from counted where s < ${messages - 1}) select s from counted`,
    `insert into devices (id, name, state, created_at, last_seen_at, memberships_stale, model)
      select 'device-' || id, 'PC-' || id, 'approved', 1, ${nowMs}, 0, 'Dell Latitude ' || cast(n % ${models} as text) from numbers`,
    `insert into collection_members (collection_id, device_id) select '${collectionId}', 'device-' || id from numbers`,
    runsStatement(fleet),
    messagesStatement,
  ];
}

function runsStatement({ deploymentId, taskSequenceId }: FilledFleet): string {
  const failure = `'{"path":[3],"stepName":"Step ' || cast(n % 20 as text) || '","exitCode":1,"error":{"code":"COMMAND_FAILED","message":"It failed on ' || id || '.","details":{}}}'`;
  return `insert into runs (id, number, deployment_id, device_id, device_name, task_sequence_id, task_sequence_name, task_sequence_version,
      definition, state, environment, failure, failure_code, failure_step, journal, journal_revision, sealing_key, cancel_requested,
      rerun_allowed, newest, model, site, count_due, started_at, ended_at, last_contact_at)
    select 'run-' || id, n + 1, '${deploymentId}', 'device-' || id, 'PC-' || id, '${taskSequenceId}', 'Install', 1,
      (select definition from task_sequence_versions where task_sequence_id = '${taskSequenceId}'), state, 'installed-os',
      case when state = 'failed' then ${failure} end, case when state = 'failed' then 'COMMAND_FAILED' end,
      case when state = 'failed' then 'Step ' || cast(n % 20 as text) end, null, 1, '', 0,
      0, 1, 'Dell Latitude ' || cast(n % ${models} as text), 'Site ' || cast(n % ${sites} as text),
      case when state = 'running' then 0 else 1 end, started,
      case when state = 'running' then null else started + 1200000 + n % 1200000 end, started + 1200000
    from numbers where state <> 'none'`;
}

/** A step begins, says something and ends: three messages each. */
const messagesStatement = `insert into run_messages (run_id, sequence, message, received_at)
  select 'run-' || id, s + 1, '{"sequence":' || cast(s + 1 as text) || ',"at":"2026-11-27T00:00:00.000Z","kind":"'
    || case s % 3 when 0 then 'step-started' when 1 then 'note' else 'step-succeeded' end
    || '","environment":"boot-image","path":[' || cast(s / 3 as text) || '],"stepName":"Step ' || cast(s / 3 as text)
    || '","stepType":"run-command-line","exitCode":' || case s % 3 when 2 then '0' else 'null' end
    || ',"durationMs":' || case s % 3 when 2 then cast((s + 1) * 500 + (n % 977) * (s + 1) as text) else 'null' end
    || ',"output":"What the step printed last.","error":null,"facts":{}}', started
  from numbers cross join sequences where state <> 'none'`;
