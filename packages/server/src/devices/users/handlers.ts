/** Handlers of who devices are for. */
import { nameOfCaller, sightOfCaller } from '../../access/caller.ts';
import { within } from '../../access/visible.ts';
import type { HandlersOf } from '../../http/handlers.ts';
import type { DeviceDependencies } from '../handlers.ts';
import { getDevice, type Queries } from '../store.ts';
import { approveUser, getUser, nameUsers, rejectUser, removeUser, userPage, usersOfDevice } from './store.ts';

export function deviceUserHandlers({ database: { sql }, memberships, now }: DeviceDependencies): HandlersOf<'deviceUsers'> {
  /** Together with what queries ask of the device, which then has its memberships. */
  const change = async (deviceId: string, work: (transaction: Queries) => Promise<unknown>): Promise<void> => {
    await sql.transaction().execute(async (transaction) => {
      await getDevice(transaction, deviceId);
      await work(transaction);
    });
    await memberships.settle(deviceId);
  };
  return {
    'deviceUsers.list': ({ query }, { caller }) =>
      userPage(sql, query, within(sightOfCaller(caller, 'devices.read'), 'device_users.device_id')),
    'deviceUsers.ofDevice': async ({ params: { id } }) => {
      await getDevice(sql, id);
      return { items: await usersOfDevice(sql, id) };
    },
    'deviceUsers.add': async ({ params: { id }, body: { user } }, { caller }) => {
      const naming = { state: 'confirmed', source: 'administrator', by: nameOfCaller(caller), runId: null, nowMs: now() } as const;
      await change(id, (transaction) => nameUsers(transaction, id, [user], naming));
      return getUser(sql, id, user);
    },
    'deviceUsers.approve': async ({ params: { id, user } }, { caller }) => {
      await change(id, (transaction) => approveUser(transaction, id, user, { by: nameOfCaller(caller), nowMs: now() }));
      return getUser(sql, id, user);
    },
    'deviceUsers.reject': async ({ params: { id, user } }) => {
      await change(id, (transaction) => rejectUser(transaction, id, user));
      return { ok: true };
    },
    'deviceUsers.remove': async ({ params: { id, user } }) => {
      await change(id, (transaction) => removeUser(transaction, id, user));
      return { ok: true };
    },
  };
}
