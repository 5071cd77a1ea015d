/** Handlers that pause, resume and stop a deployment. */
import type { DeploymentPause } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import type { Caller, HandlersOf } from '../http/handlers.ts';
import { isoTime } from '../iso-time.ts';
import type { RunEvents } from '../runs/run-events.ts';
import { cancelRunsOf, pauseDeployment, resumeDeployment } from './pause.ts';

export interface PauseDependencies {
  readonly database: Database;
  readonly events: RunEvents;
  readonly now: () => number;
}
type Calls = 'deployments.pause' | 'deployments.resume' | 'deployments.stop';

export function pauseHandlers({ database: { sql }, events, now }: PauseDependencies): Pick<HandlersOf<'deployments'>, Calls> {
  const pauseBy = (caller: Caller, reason: string): DeploymentPause => {
    return { at: isoTime(now()), by: caller.kind === 'person' ? caller.name : null, reason };
  };
  return {
    'deployments.pause': async ({ params: { id }, body: { reason } }, { caller, log }) => {
      const pause = pauseBy(caller, reason);
      const deployment = await sql.transaction().execute((transaction) => pauseDeployment(transaction, id, pause));
      log.info({ deploymentId: id, taskSequenceName: deployment.taskSequenceName, reason }, 'deployment paused');
      events.publish(id, { kind: 'changed' });
      return deployment;
    },
    'deployments.resume': async ({ params: { id } }, { log }) => {
      const deployment = await resumeDeployment(sql, id, now());
      log.info({ deploymentId: id, taskSequenceName: deployment.taskSequenceName }, 'deployment resumed');
      events.publish(id, { kind: 'changed' });
      return deployment;
    },
    'deployments.stop': async ({ params: { id }, body: { reason } }, { caller, log }) => {
      const stopped = await sql.transaction().execute(async (transaction) => {
        const deployment = await pauseDeployment(transaction, id, pauseBy(caller, reason));
        return { deployment, runCount: await cancelRunsOf(transaction, id, now()) };
      });
      const { deployment, runCount } = stopped;
      log.info({ deploymentId: id, taskSequenceName: deployment.taskSequenceName, reason, runCount }, 'deployment stopped');
      events.publish(id, { kind: 'changed' });
      return stopped;
    },
  };
}
