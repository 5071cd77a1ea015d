/** Handlers of the routes of maintenance windows. */
import type { SettledMemberships } from '../collections/memberships.ts';
import type { Database } from '../database/database.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { addWindow, deviceWindows, listWindows, removeWindow } from './store.ts';

export interface MaintenanceWindowDependencies {
  readonly database: Database;
  readonly memberships: SettledMemberships;
  readonly now: () => number;
}
export type MaintenanceWindowHandlers = HandlersOf<'maintenanceWindows'>;

export function maintenanceWindowHandlers({
  database: { sql },
  memberships,
  now,
}: MaintenanceWindowDependencies): MaintenanceWindowHandlers {
  return {
    'maintenanceWindows.list': async ({ params: { id } }) => ({ items: await listWindows(sql, id) }),
    'maintenanceWindows.add': async ({ params: { id }, body }, { log }) => {
      const window = await addWindow(sql, id, body, now());
      log.info({ collectionId: id, windowId: window.id, windowName: window.name }, 'maintenance window added');
      return window;
    },
    'maintenanceWindows.remove': async ({ params: { id, windowId } }, { log }) => {
      await removeWindow(sql, id, windowId);
      log.info({ collectionId: id, windowId }, 'maintenance window removed');
      return { ok: true };
    },
    'maintenanceWindows.ofDevice': async ({ params: { id }, query: { limit } }) => {
      await memberships.settle(id);
      return deviceWindows(sql, id, now(), limit);
    },
  };
}
