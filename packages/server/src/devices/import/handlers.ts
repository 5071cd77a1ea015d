/** Handlers of importing computers. */
import { OstlerError } from '@ostler/contract';
import { nameOfCaller, sightOfCaller } from '../../access/caller.ts';
import { idsWithin } from '../../access/visible.ts';
import { addEachDirect } from '../../collections/rules.ts';
import type { Caller, Handlers } from '../../http/handlers.ts';
import type { DeviceDependencies } from '../handlers.ts';
import { asDevice, getDevice } from '../store.ts';
import { importCsv } from './import-csv.ts';
import { importDevice, type ImportDependencies } from './import-device.ts';

export function importHandlers(dependencies: DeviceDependencies): Pick<Handlers, 'devices.import' | 'devices.importCsv'> {
  const { database, memberships, seal, siteSettings, now } = dependencies;
  const { sql } = database;
  const importing = async (caller: Caller): Promise<ImportDependencies> => ({
    disregarded: await siteSettings.get(),
    seal,
    nowMs: now(),
    changeable: sightOfCaller(caller, 'devices.modify'),
    by: nameOfCaller(caller),
  });
  /** Whoever may not change the collection puts nothing into it. */
  const requireCollection = async (caller: Caller, id: string | null): Promise<void> => {
    const permission = 'collections.modify';
    if (id === null || (await idsWithin(sql, sightOfCaller(caller, permission), [id])).has(id)) return;
    throw new OstlerError('PERMISSION_MISSING', { permission, place: ` on ${id}` });
  };
  return {
    'devices.import': async ({ body }, { caller }) => {
      await requireCollection(caller, body.collectionId);
      const world = await importing(caller);
      const { id } = await sql.transaction().execute(async (transaction) => {
        const imported = await importDevice(transaction, body, world);
        if (body.collectionId !== null) await addEachDirect(transaction, body.collectionId, [imported.id], world.nowMs);
        return imported;
      });
      await memberships.settle(id);
      return asDevice(await getDevice(sql, id));
    },
    'devices.importCsv': async ({ body }, { caller, log }) => {
      await requireCollection(caller, body.collectionId);
      const answer = await importCsv(database, body, await importing(caller));
      const { imported, devices, problems } = answer;
      log.info(
        { imported, dryRun: body.dryRun, lines: devices.length + problems.length, mistakes: problems.length },
        'devices read from a CSV',
      );
      return answer;
    },
  };
}
