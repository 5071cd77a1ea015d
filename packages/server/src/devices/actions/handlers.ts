/** Handlers of what is done to a device: waking it, letting its required deployments run again, and what its deletion would take along. */
import { OstlerError } from '@ostler/contract';
import { sightOfCaller } from '../../access/caller.ts';
import { idsWithin } from '../../access/visible.ts';
import type { Handlers } from '../../http/handlers.ts';
import { findRunningRun } from '../../runs/store.ts';
import type { DeviceDependencies } from '../handlers.ts';
import { getDevice } from '../store.ts';
import { dependentsOf } from './dependents.ts';
import { ownAddresses, wake } from './wake.ts';

type ActionHandlers = Pick<Handlers, 'devices.wake' | 'devices.rerun' | 'devices.dependents'>;

export function actionHandlers({ database: { sql } }: DeviceDependencies): ActionHandlers {
  return {
    'devices.wake': async ({ params: { id } }, { log }) => {
      const { name, macAddresses } = await getDevice(sql, id);
      if (macAddresses.length === 0) throw new OstlerError('DEVICE_NOT_WAKEABLE', { name, reason: 'no MAC address of it is known' });
      const addresses = ownAddresses();
      if (addresses.length === 0) throw new OstlerError('DEVICE_NOT_WAKEABLE', { name, reason: 'this server is in no network' });
      const networks = await wake({ macAddresses, addresses });
      log.info({ deviceId: id, deviceName: name, macAddresses, networks }, 'device woken');
      return { macAddresses, networks };
    },
    'devices.rerun': async ({ params: { id } }, { caller, log }) => {
      const { name } = await getDevice(sql, id);
      const running = await findRunningRun(sql, id);
      if (running !== null) throw new OstlerError('RUN_IN_PROGRESS', { name, id: running.id });
      const ran = sql
        .selectFrom('runs')
        .innerJoin('deployments', 'deployments.id', 'runs.deployment_id')
        .innerJoin('task_sequences', 'task_sequences.id', 'deployments.task_sequence_id')
        .select(['deployments.id', 'task_sequences.name'])
        .distinct()
        .where('runs.device_id', '=', id)
        .where('runs.rerun_allowed', '=', 0)
        .where('deployments.purpose', '=', 'required');
      const deployments = await ran.orderBy('task_sequences.name').execute();
      const ids = deployments.map((deployment) => deployment.id);
      const allowed = await idsWithin(sql, sightOfCaller(caller, 'deployments.rerun'), ids);
      const cleared = deployments.filter((deployment) => allowed.has(deployment.id));
      for (const deployment of cleared) {
        await sql
          .updateTable('runs')
          .set({ rerun_allowed: 1 })
          .where('device_id', '=', id)
          .where('deployment_id', '=', deployment.id)
          .execute();
      }
      log.info(
        { deviceId: id, deviceName: name, deployments: cleared.map((each) => each.name) },
        'required deployments of a device may run again',
      );
      return { items: cleared };
    },
    'devices.dependents': async ({ params: { id } }) => {
      await getDevice(sql, id);
      return dependentsOf(sql, id);
    },
  };
}
