/** Handlers of what clients call for content of coming runs. Where it comes from: distribution-points/content-source-handlers.ts. */
import { requireClient } from '../clients/require-client.ts';
import type { Database } from '../database/database.ts';
import type { Handlers } from '../http/handlers.ts';
import type { RunEvents } from '../runs/run-events.ts';
import { saveReport } from './store.ts';

export interface PreDownloadHandlerDependencies {
  readonly database: Database;
  readonly events: RunEvents;
  readonly now: () => number;
}

export function preDownloadHandlers({ database, events, now }: PreDownloadHandlerDependencies): Pick<Handlers, 'preDownload.report'> {
  return {
    'preDownload.report': async ({ body }, { caller, log }) => {
      const { deviceId } = requireClient(caller);
      const deploymentIds = await database.sql.transaction().execute((transaction) => saveReport(transaction, deviceId, body, now()));
      log.info({ deviceId, preDownloads: body.preDownloads }, 'client told how far it is with content of coming runs');
      for (const id of deploymentIds) events.publish(id, { kind: 'changed' });
      return { ok: true };
    },
  };
}
