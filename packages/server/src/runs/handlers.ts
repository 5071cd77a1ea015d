/** Handlers of the run routes, for people. What the agent does with a run: agent-api. */
import { createReadStream } from 'node:fs';
import { OstlerError, streamRoutes, type Run } from '@ostler/contract';
import type { Logger } from 'pino';
import { sightOfCaller } from '../access/caller.ts';
import type { Database } from '../database/database.ts';
import type { Authorise, HandlersOf, StreamRoutes } from '../http/handlers.ts';
import { cancelRun } from './cancel-run.ts';
import { debugHandlers, type DebugDependencies } from './debug-handlers.ts';
import { listMessages } from './messages-store.ts';
import { allowRestarts } from './restart-hold.ts';
import { restartRun } from './restart-run.ts';
import type { RunEvents } from './run-events.ts';
import type { RunLog } from './run-log.ts';
import { asRun } from './shown-run.ts';
import { getRunRow, listRuns } from './store.ts';

export interface RunDependencies {
  readonly database: Database;
  readonly events: RunEvents;
  readonly log: RunLog;
  readonly now: () => number;
}

export function runHandlers(dependencies: Omit<RunDependencies, 'log'> & DebugDependencies): HandlersOf<'runs'> {
  const {
    database: { sql },
    events,
    now,
  } = dependencies;
  return {
    ...runControlHandlers(dependencies),
    ...debugHandlers(dependencies),
    'runs.list': async ({ query }, { caller }) => ({ items: await listRuns(sql, query, sightOfCaller(caller, 'runs.read')) }),
    'runs.get': async ({ params }) => asRun(await getRunRow(sql, params.id)),
    'runs.messages': async ({ params, query }) => {
      await getRunRow(sql, params.id);
      return { items: await listMessages(sql, params.id, { after: query.after }) };
    },
    'runs.cancel': async ({ params: { id } }, { log }) => {
      const row = await sql.transaction().execute((transaction) => cancelRun(transaction, id, now()));
      log.info({ runId: id, deviceName: row.device_name, state: row.state }, 'run cancelled by an administrator');
      events.publish(row.deployment_id, { kind: 'changed' });
      return asRun(row);
    },
  };
}

type ControlCalls = 'runs.pause' | 'runs.resume' | 'runs.restart';

/** Pausing a run that goes on, and letting one go on that was paused or has ended. */
function runControlHandlers({ database: { sql }, events, now }: Omit<RunDependencies, 'log'>): Pick<HandlersOf<'runs'>, ControlCalls> {
  const setPause = async (id: string, requested: 0 | 1, log: Logger): Promise<Run> => {
    const row = await sql.transaction().execute(async (transaction) => {
      const run = await getRunRow(transaction, id);
      if (run.state !== 'running') throw new OstlerError('RUN_ENDED', { id, state: run.state });
      await transaction.updateTable('runs').set({ pause_requested: requested }).where('id', '=', id).execute();
      // What was paused as well waits on, and the answer says so: the computer may be in use.
      if (requested === 0 && run.pause_requested === 0 && run.window_wait !== null) await allowRestarts(transaction, id);
      return getRunRow(transaction, id);
    });
    const facts = { pause: requested === 1, restartsWait: row.restarts_wait === 1 };
    log.info({ runId: id, deviceName: row.device_name, ...facts }, 'run paused or resumed by an administrator');
    events.publish(row.deployment_id, { kind: 'changed' });
    return asRun(row);
  };
  return {
    'runs.pause': ({ params }, { log }) => setPause(params.id, 1, log),
    'runs.resume': ({ params }, { log }) => setPause(params.id, 0, log),
    'runs.restart': async ({ params: { id }, body }, { log }) => {
      const row = await sql.transaction().execute((transaction) => restartRun(transaction, id, body.from, now()));
      log.info({ runId: id, deviceName: row.device_name, from: body.from }, 'run begun again by an administrator');
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
