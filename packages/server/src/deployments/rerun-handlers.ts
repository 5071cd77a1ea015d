/**
 * Handlers that let required deployments run again where they ran (feature map §1.14, clear required network boot): one on one device, or all
 * of a whole collection. Those of one device are done by devices/actions.
 */
import { OstlerError, type ClearedDeployments } from '@ostler/contract';
import { sql as raw } from 'kysely';
import { sightOfCaller } from '../access/caller.ts';
import { idsWithin, within } from '../access/visible.ts';
import { isMemberOf } from '../collections/members.ts';
import { getCollection } from '../collections/store.ts';
import { getDevice, type Queries } from '../devices/store.ts';
import type { Caller, Handlers } from '../http/handlers.ts';
import type { DeploymentDependencies } from './handlers.ts';
import { assessRisk, requireConfirmed } from './high-risk.ts';
import { getDeployment } from './store.ts';

type RerunHandlers = Pick<Handlers, 'deployments.rerun' | 'deployments.rerunCollection'>;

export function rerunHandlers({ database: { sql }, events, settings, ownMachine }: DeploymentDependencies): RerunHandlers {
  return {
    'deployments.rerun': async ({ params: { id }, body: { deviceId } }, { log }) => {
      await getDeployment(sql, id);
      const { name } = await getDevice(sql, deviceId);
      const runs = sql.selectFrom('runs').where('deployment_id', '=', id).where('device_id', '=', deviceId);
      const running = await runs.select('id').where('state', '=', 'running').executeTakeFirst();
      if (running !== undefined) throw new OstlerError('RUN_IN_PROGRESS', { name, id: running.id });
      await sql.updateTable('runs').set({ rerun_allowed: 1 }).where('deployment_id', '=', id).where('device_id', '=', deviceId).execute();
      log.info({ deploymentId: id, deviceId, deviceName: name }, 'deployment may run again');
      events.publish(id, { kind: 'changed' });
      return { ok: true };
    },
    'deployments.rerunCollection': async ({ params: { id }, body: { confirm } }, { caller, log }) => {
      const { name: collectionName } = await getCollection(sql, id);
      const guard = { settings: await settings.get(), ownMachine };
      const { cleared, confirmedBy } = await sql.transaction().execute(async (transaction) => {
        const risk = await assessRisk(transaction, { purpose: 'required', collectionId: id }, guard);
        requireConfirmed(risk, confirm);
        const by = risk.confirm !== null && caller.kind === 'person' ? caller.name : null;
        return { cleared: await clearCollection(transaction, id, caller), confirmedBy: by };
      });
      log.info({ collectionId: id, collectionName, ...cleared }, 'required deployments of a collection may run again');
      if (confirmedBy !== null) log.warn({ collectionId: id, confirmedBy, confirmed: confirm }, 'high-risk rerun confirmed');
      for (const { id: deploymentId } of cleared.items) events.publish(deploymentId, { kind: 'changed' });
      return cleared;
    },
  };
}

/** On the members that the caller may change, of the deployments that they may let run again. Where a run goes on, nothing is changed. */
async function clearCollection(sql: Queries, collectionId: string, caller: Caller): Promise<ClearedDeployments> {
  const members = sql
    .selectFrom('devices')
    .select('devices.id')
    .where(isMemberOf(collectionId))
    .where(within(sightOfCaller(caller, 'devices.modify'), 'devices.id'));
  const running = await sql
    .selectFrom('runs')
    .select(['device_id', 'device_name'])
    .distinct()
    .where('state', '=', 'running')
    .where('device_id', 'in', members)
    .orderBy('device_name')
    .execute();
  const busy = sql.selectFrom('runs as busy').select('busy.device_id').where('busy.state', '=', 'running');
  const ran = await sql
    .selectFrom('runs')
    .innerJoin('deployments', 'deployments.id', 'runs.deployment_id')
    .innerJoin('task_sequences', 'task_sequences.id', 'deployments.task_sequence_id')
    .select(['deployments.id', 'task_sequences.name', raw<number>`count(distinct runs.device_id)`.as('deviceCount')])
    .where('runs.device_id', 'in', members)
    .where('runs.device_id', 'not in', busy)
    .where('runs.rerun_allowed', '=', 0)
    .where('deployments.purpose', '=', 'required')
    .groupBy(['deployments.id', 'task_sequences.name'])
    .orderBy('task_sequences.name')
    .orderBy('deployments.id')
    .execute();
  const ids = ran.map(({ id }) => id);
  const allowed = await idsWithin(sql, sightOfCaller(caller, 'deployments.rerun'), ids);
  const items = ran.filter(({ id }) => allowed.has(id));
  for (const { id } of items) {
    await sql
      .updateTable('runs')
      .set({ rerun_allowed: 1 })
      .where('deployment_id', '=', id)
      .where('device_id', 'in', members)
      .where('device_id', 'not in', busy)
      .execute();
  }
  return { items, running: running.map((run) => ({ deviceId: run.device_id, deviceName: run.device_name })) };
}
