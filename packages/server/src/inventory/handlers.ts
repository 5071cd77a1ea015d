/** Handlers of the inventory routes: the agent reports, people read. */
import { OstlerError } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import { getDevice } from '../devices/store.ts';
import type { Handlers, HandlersOf } from '../http/handlers.ts';
import { deviceDocuments } from './device-documents.ts';
import { findInventory, inventoryHistory, saveInventory } from './store.ts';

export interface InventoryDependencies {
  readonly database: Database;
  readonly now: () => number;
}
export type InventoryHandlers = HandlersOf<'inventory'> & Pick<Handlers, 'agent.reportInventory'>;

export function inventoryHandlers({ database: { sql }, now }: InventoryDependencies): InventoryHandlers {
  return {
    'inventory.get': async ({ params: { id } }) => {
      const { name } = await getDevice(sql, id);
      const inventory = await findInventory(sql, id);
      if (inventory === null) throw new OstlerError('DEVICE_INVENTORY_NONE', { name });
      return inventory;
    },
    'inventory.history': async ({ params: { id } }) => {
      await getDevice(sql, id);
      return { items: await inventoryHistory(sql, id) };
    },
    'inventory.document': async ({ params: { id } }) => {
      const [document] = await deviceDocuments(sql, [id]);
      if (document === undefined) throw new OstlerError('NOT_FOUND', { kind: 'device', id });
      return document;
    },
    'agent.reportInventory': async ({ body }, { caller, log }) => {
      if (caller.kind !== 'agent') throw new OstlerError('FORBIDDEN', {});
      const { deviceId } = caller;
      const changes = await sql.transaction().execute((transaction) => saveInventory(transaction, deviceId, body, now()));
      if (changes.length > 0)
        log.info({ deviceId, properties: [...new Set(changes.map(({ property }) => property))] }, 'inventory changed');
      return { ok: true };
    },
  };
}
