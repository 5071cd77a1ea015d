/** How fast the site answers about a deployment of a fleet, each against the plain query that says the same without what the site keeps for it. */
import type { Client, RouteRequest } from '@ostler/contract';
import { percentile, timeMs, type Row } from '../measure.ts';
import type { FilledFleet } from './fill.ts';
import { idOf } from '../large-site/ids.ts';
import type { PlainDatabase } from '../large-site/plain-database.ts';

interface Question {
  readonly what: string;
  readonly ask: (client: Client, fleet: FilledFleet, signal: AbortSignal) => Promise<unknown>;
  /** Null: it is a lookup, which nobody would do otherwise. */
  readonly plain: ((fleet: FilledFleet, database: PlainDatabase) => string) | null;
}

type Parameters = NonNullable<RouteRequest<'reports.run'>['body']['parameters']>;

function report(name: string, parametersOf: (fleet: FilledFleet) => Parameters): Question['ask'] {
  return (client, fleet, signal) =>
    client.call('reports.run', { params: { name }, body: { parameters: parametersOf(fleet), limit: 1000 } }, signal);
}

const ofDeployment = ({ deploymentId: deployment }: FilledFleet): Parameters => ({ deployment });
const plainSteps = ({ deploymentId }: FilledFleet, database: PlainDatabase): string =>
  `select ${database.member('message', 'stepName')}, count(*), avg(cast(${database.member('message', 'durationMs')} as integer)) from run_messages
   where run_id in (select id from runs where deployment_id = '${deploymentId}') and message like '%"step-succeeded"%' group by 1`;
const plainErrors = ({ deploymentId }: FilledFleet, database: PlainDatabase): string =>
  `select ${database.member('failure', 'stepName')}, count(*) from runs where deployment_id = '${deploymentId}' and failure is not null group by 1`;

const questions: readonly Question[] = [
  {
    what: 'status of the deployment, its first page and its errors in groups',
    ask: (client, { deploymentId: id }, signal) => client.call('deployments.status', { params: { id }, query: { limit: 100 } }, signal),
    plain: plainErrors,
  },
  {
    what: 'the computers on which it failed',
    ask: (client, { deploymentId: id }, signal) =>
      client.call('deployments.status', { params: { id }, query: { limit: 100, state: 'failed' } }, signal),
    plain: ({ deploymentId }) =>
      `select device_name from runs where deployment_id = '${deploymentId}' and state = 'failed' order by 1 limit 100`,
  },
  { what: 'report errors', ask: report('errors', ofDeployment), plain: plainErrors },
  { what: 'report step-times', ask: report('step-times', ofDeployment), plain: plainSteps },
  {
    what: 'report step-times by model',
    ask: report('step-times', (fleet) => ({ ...ofDeployment(fleet), by: 'model' })),
    plain: plainSteps,
  },
  { what: 'report step-times by site', ask: report('step-times', (fleet) => ({ ...ofDeployment(fleet), by: 'site' })), plain: plainSteps },
  { what: 'report slowest-steps of the fleet', ask: report('slowest-steps', () => ({})), plain: plainSteps },
  {
    what: 'report trend',
    ask: report('trend', ofDeployment),
    plain: ({ deploymentId }) =>
      `select ended_at / 86400000, state, count(*) from runs where deployment_id = '${deploymentId}' group by 1, 2`,
  },
  {
    what: 'report deployments',
    ask: report('deployments', () => ({})),
    plain: () => 'select deployment_id, state, count(*) from runs group by 1, 2',
  },
  {
    what: 'report run-times, the longest hundred',
    ask: (client, { deploymentId: deployment }, signal) =>
      client.call('reports.run', { params: { name: 'run-times' }, body: { parameters: { deployment }, limit: 100 } }, signal),
    plain: ({ deploymentId }) =>
      `select * from runs where deployment_id = '${deploymentId}' order by coalesce(ended_at, 0) - started_at desc limit 100`,
  },
  {
    what: 'report installed-versions',
    ask: report('installed-versions', () => ({})),
    plain: () =>
      "select task_sequence_name, task_sequence_version, count(*) from runs where number in (select max(number) from runs where state = 'succeeded' group by device_id) group by 1, 2",
  },
  { what: 'report models', ask: report('models', () => ({})), plain: () => 'select model, count(*) from devices group by 1' },
  {
    what: 'report task-sequences',
    ask: report('task-sequences', () => ({})),
    plain: () => 'select task_sequence_id, task_sequence_version, state, count(*) from runs group by 1, 2, 3',
  },
  {
    what: 'report failed-runs, the newest thousand',
    ask: report('failed-runs', ofDeployment),
    plain: ({ deploymentId }) =>
      `select * from runs where deployment_id = '${deploymentId}' and state = 'failed' order by number desc limit 1000`,
  },
  { what: 'report running, a thousand of them', ask: report('running', ofDeployment), plain: null },
  {
    what: 'report device-history',
    ask: report('device-history', () => ({ device: `device-${idOf(77)}` })),
    plain: null,
  },
];

const asked = 40;
const plainAsked = 3;

export interface Measured {
  readonly client: Client;
  readonly database: PlainDatabase;
  readonly fleet: FilledFleet;
}

/** p95 of `asked` requests over HTTPS, one after the other; the plain query's is the median of `plainAsked` in the same run. */
export async function measureQuestions({ client, database, fleet }: Measured, signal: AbortSignal): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { what, ask, plain } of questions) {
    await ask(client, fleet, signal);
    const ours = percentile(await times(asked, async () => void (await ask(client, fleet, signal))), 0.95);
    const query = plain?.(fleet, database) ?? null;
    const theirs = query === null ? null : percentile(await times(plainAsked, async () => void (await database.query(query))), 0.5);
    rows.push({
      what,
      against: theirs === null ? '–' : 'a plain query over its rows',
      ours: `${ours.toFixed(0)} ms`,
      theirs: theirs === null ? '–' : `${theirs.toFixed(0)} ms`,
      ratio: theirs === null ? null : ours / theirs,
      expected: '< 200 ms',
      bound: 'one core',
    });
  }
  return rows;
}

async function times(count: number, work: () => Promise<void>): Promise<number[]> {
  const all: number[] = [];
  for (let round = 0; round < count; round += 1) all.push(await timeMs(work));
  return all;
}
