/** Errors of a deployment, grouped by code and step: counted in the database, whatever their number. */
import { Failure, type FailureGroup } from '@ostler/contract';
import { sql as raw, type RawBuilder, type SqlBool } from 'kysely';
import type { Queries } from '../devices/store.ts';

const shownGroups = 20;
const shownNames = 5;

interface Group {
  readonly code: string;
  readonly step: string;
  readonly count: number;
}

/** The most frequent first. @param runs which runs of the deployment count */
export async function failureGroups(sql: Queries, runs: RawBuilder<SqlBool>): Promise<FailureGroup[]> {
  const failed = raw`${runs} and state = 'failed'`;
  const { rows: groups } = await raw<Group>`select failure_code as code, failure_step as step, count(*) as count from runs
    where ${failed} and failure_code is not null group by failure_code, failure_step order by 3 desc limit ${shownGroups}`.execute(sql);
  const described = groups.map(async ({ code, step, count }): Promise<FailureGroup[]> => {
    const { rows } = await raw<{ number: number; device_name: string }>`select number, device_name from runs
      where ${failed} and failure_code = ${code} and failure_step = ${step} order by number desc limit ${shownNames}`.execute(sql);
    const [newest] = rows;
    if (newest === undefined) return [];
    const { failure } = await sql.selectFrom('runs').select('failure').where('number', '=', newest.number).executeTakeFirstOrThrow();
    if (failure === null) return [];
    const { message, hint = null } = Failure.parse(JSON.parse(failure)).error;
    return [{ code, stepName: step, message, hint, deviceCount: count, deviceNames: rows.map(({ device_name }) => device_name) }];
  });
  return (await Promise.all(described)).flat();
}
