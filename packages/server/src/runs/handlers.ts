/** Handlers of the run routes, for people. What the agent does with a run: agent-api. */
import { createReadStream } from 'node:fs';
import { streamRoutes } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import type { Authorise, HandlersOf, StreamRoutes } from '../http/handlers.ts';
import { listMessages } from './messages-store.ts';
import type { RunEvents } from './run-events.ts';
import type { RunLog } from './run-log.ts';
import { asRun, endRun, getRunRow, listRuns } from './store.ts';

export interface RunDependencies {
  readonly database: Database;
  readonly events: RunEvents;
  readonly log: RunLog;
  readonly now: () => number;
}

/** A machine that has said nothing for this long is taken for gone when its run is cancelled. The agent reports every few seconds. */
const goneAfterMs = 120_000;

export function runHandlers({ database: { sql }, events, now }: Omit<RunDependencies, 'log'>): HandlersOf<'runs'> {
  return {
    'runs.list': async ({ query }) => ({ items: await listRuns(sql, query) }),
    'runs.get': async ({ params }) => asRun(await getRunRow(sql, params.id)),
    'runs.messages': async ({ params, query }) => {
      await getRunRow(sql, params.id);
      return { items: await listMessages(sql, params.id, query.after) };
    },
    'runs.cancel': async ({ params: { id } }, { log }) => {
      const row = await sql.transaction().execute(async (transaction) => {
        const run = await getRunRow(transaction, id);
        const gone = now() - run.last_contact_at > goneAfterMs;
        // Ended already: endRun says so.
        if (gone || run.state !== 'running') await endRun(transaction, id, 'cancelled', now());
        else await transaction.updateTable('runs').set({ cancel_requested: 1 }).where('id', '=', id).execute();
        return getRunRow(transaction, id);
      });
      log.info({ runId: id, deviceName: row.device_name, state: row.state }, 'run cancelled by an administrator');
      events.publish(row.deployment_id, { kind: 'changed' });
      return asRun(row);
    },
  };
}

export function runLogRoutes({ database, log }: Pick<RunDependencies, 'database' | 'log'>, authorise: Authorise): StreamRoutes {
  const route = streamRoutes['runs.log'];
  return (server) => {
    server.route<{ Params: { id: string } }>({
      method: 'GET',
      url: route.path,
      handler: async (request, reply) => {
        await authorise(request, route.access);
        const { id } = await getRunRow(database.sql, request.params.id);
        const sizeBytes = await log.sizeOf(id);
        void reply.type('text/plain; charset=utf-8').header('content-length', sizeBytes);
        // Only what was there when the length was told: the run may be writing on.
        return reply.send(sizeBytes === 0 ? '' : createReadStream(log.pathOf(id), { end: sizeBytes - 1 }));
      },
    });
  };
}
