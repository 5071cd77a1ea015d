/** Errors of a deployment, grouped by code and step. */
import { Failure, type FailureGroup } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';

const shownGroups = 20;
const shownNames = 5;
/** Of the newest failures: enough to see what fails. */
const groupedFailures = 1000;

/** The most frequent first. */
export async function failureGroups(sql: Queries, deploymentId: string): Promise<FailureGroup[]> {
  const rows = await sql
    .selectFrom('runs')
    .select(['device_name', 'failure'])
    .where('deployment_id', '=', deploymentId)
    .where('state', '=', 'failed')
    .where('newest', '=', 1)
    .where('rerun_allowed', '=', 0)
    .orderBy('ended_at', 'desc')
    .limit(groupedFailures)
    .execute();
  const failures = rows.flatMap(({ device_name, failure }) => {
    return failure === null ? [] : [{ deviceName: device_name, failure: Failure.parse(JSON.parse(failure)) }];
  });
  const groups = Map.groupBy(failures, ({ failure: { stepName, error } }) => `${error.code} ${stepName}`);
  return [...groups.values()]
    .flatMap((same) => {
      const [first] = same;
      if (first === undefined) return [];
      const { stepName, error } = first.failure;
      const deviceNames = same.slice(0, shownNames).map(({ deviceName }) => deviceName);
      return [{ code: error.code, stepName, message: error.message, hint: error.hint ?? null, deviceCount: same.length, deviceNames }];
    })
    .toSorted((one, other) => other.deviceCount - one.deviceCount)
    .slice(0, shownGroups);
}
