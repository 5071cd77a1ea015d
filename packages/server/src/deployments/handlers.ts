/** Handlers of the deployment routes. */
import { sightOfCaller } from '../access/caller.ts';
import type { HandlersOf } from '../http/handlers.ts';
import type { PreparedContents } from '../pre-download/prepared-content.ts';
import type { RunEvents } from '../runs/run-events.ts';
import { assessRisk, requireConfirmed } from './high-risk.ts';
import { outlookHandlers, type OutlookHandlerDependencies } from './outlook-handlers.ts';
import { pauseHandlers } from './pause-handlers.ts';
import { rerunHandlers } from './rerun-handlers.ts';
import { deploymentStatus } from './status.ts';
import { createDeployment, deleteDeployment, getDeployment, listDeployments, updateDeployment } from './store.ts';

export interface DeploymentDependencies extends OutlookHandlerDependencies {
  readonly events: RunEvents;
  readonly prepared: PreparedContents;
}

export function deploymentHandlers(dependencies: DeploymentDependencies): HandlersOf<'deployments'> {
  const {
    database: { sql },
    events,
    prepared,
    settings,
    ownMachine,
    now,
  } = dependencies;
  return {
    ...outlookHandlers(dependencies),
    ...pauseHandlers(dependencies),
    ...rerunHandlers(dependencies),
    'deployments.list': async () => ({ items: await listDeployments(sql) }),
    'deployments.get': ({ params }) => getDeployment(sql, params.id),
    'deployments.create': async ({ body }, { caller, log }) => {
      const guard = { settings: await settings.get(), ownMachine };
      const deployment = await sql.transaction().execute(async (transaction) => {
        const risk = await assessRisk(transaction, body, guard);
        requireConfirmed(risk, body.confirm);
        const confirmedBy = risk.confirm !== null && caller.kind === 'person' ? caller.name : null;
        return createDeployment(transaction, body, { nowMs: now(), confirmedBy });
      });
      const { id, taskSequenceName, collectionName, purpose, availableTo, debug, confirmedBy } = deployment;
      log.info({ deploymentId: id, taskSequenceName, collectionName, purpose, availableTo, debug }, 'deployment created');
      if (confirmedBy !== null) log.warn({ deploymentId: id, confirmedBy, confirmed: body.confirm }, 'high-risk deployment confirmed');
      return deployment;
    },
    'deployments.update': async ({ params: { id }, body }, { log }) => {
      const deployment = await sql.transaction().execute((transaction) => updateDeployment(transaction, id, body));
      log.info({ deploymentId: id, taskSequenceName: deployment.taskSequenceName, change: body }, 'deployment changed');
      events.publish(id, { kind: 'changed' });
      return deployment;
    },
    'deployments.delete': async ({ params: { id } }) => {
      await sql.transaction().execute((transaction) => deleteDeployment(transaction, id));
      events.publish(id, { kind: 'changed' });
      return { ok: true };
    },
    'deployments.status': ({ params, query }, { caller }) =>
      deploymentStatus(sql, params.id, query, { sight: sightOfCaller(caller, 'deployments.read'), prepared }),
  };
}
