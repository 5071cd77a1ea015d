/** Handlers of state stores and computer associations: what administrators and agents call. */
import { OstlerError } from '@ostler/contract';
import { requireOwnRun } from '../agent-api/handlers.ts';
import type { Database } from '../database/database.ts';
import type { Caller, Handlers, HandlersOf } from '../http/handlers.ts';
import { getRunRow, type RunRow } from '../runs/store.ts';
import { associate, dissociate, listAssociations } from './associations.ts';
import { asStateStore, getStore, listStores } from './store.ts';
import type { StateStores } from './state-stores.ts';

export interface StateStoreDependencies {
  readonly database: Database;
  readonly stores: StateStores;
  readonly now: () => number;
  /** Aborts when the server stops. Verifying goes on when the client stops waiting, and asks again. */
  readonly stopping: AbortSignal;
}

type AgentCalls =
  | 'agent.requestStateStore'
  | 'agent.openStateStore'
  | 'agent.beginStateStore'
  | 'agent.stateStoreReceived'
  | 'agent.finishStateStore'
  | 'agent.releaseStateStore';
export type StateStoreHandlers = HandlersOf<'stateStores' | 'deviceAssociations'> & Pick<Handlers, AgentCalls>;

export function stateStoreHandlers(dependencies: StateStoreDependencies): StateStoreHandlers {
  const { database, stores, now } = dependencies;
  const { sql } = database;
  return {
    ...agentCalls(dependencies),
    'stateStores.list': async ({ query }) => ({ items: await listStores(sql, query.deviceId) }),
    'stateStores.get': async ({ params }) => asStateStore(await getStore(sql, params.id)),
    'stateStores.delete': async ({ params }, { caller, log }) => {
      const { id, device_name: deviceName, state } = await stores.remove(params.id);
      log.warn({ stateStoreId: id, deviceName, state, accountName: accountOf(caller) }, 'state store deleted');
      return { ok: true };
    },
    'deviceAssociations.list': async () => ({ items: await listAssociations(sql) }),
    'deviceAssociations.create': async ({ params }, { caller, log }) => {
      const made = await associate(sql, params.id, params.destinationId, now());
      log.info({ source: made.sourceName, destination: made.destinationName, accountName: accountOf(caller) }, 'computers associated');
      return made;
    },
    'deviceAssociations.delete': async ({ params }) => {
      await dissociate(sql, params.id, params.destinationId);
      return { ok: true };
    },
  };
}

function agentCalls({ database, stores, stopping }: StateStoreDependencies): Pick<Handlers, AgentCalls> {
  const ownRun = (caller: Caller, id: string): Promise<RunRow> => runOf(database, caller, id);
  return {
    'agent.requestStateStore': async ({ params, body: { purpose } }, { caller, log }) => {
      const run = await ownRun(caller, params.id);
      const { id, device_name: deviceName } = await stores.request(run, purpose);
      log.info({ stateStoreId: id, purpose, runId: run.id, deviceName: run.device_name, capturedFrom: deviceName }, 'state store granted');
      return { id, deviceName };
    },
    'agent.openStateStore': async ({ params }, { caller, log }) => {
      const run = await ownRun(caller, params.id);
      const { row, key } = await stores.open(run, params.storeId);
      log.info({ stateStoreId: row.id, runId: run.id, deviceName: run.device_name }, 'key of a state store read by a run');
      return { key, sizeBytes: row.size_bytes, sha256: row.sha256 };
    },
    'agent.beginStateStore': async ({ params, body }, { caller }) => {
      await stores.begin(await ownRun(caller, params.id), params.storeId, body.expectedBytes);
      return { receivedBytes: 0 };
    },
    'agent.stateStoreReceived': async ({ params }, { caller }) => ({
      receivedBytes: await stores.receivedBytes(await ownRun(caller, params.id), params.storeId),
    }),
    'agent.finishStateStore': async ({ params, body }, { caller, log }) => {
      const run = await ownRun(caller, params.id);
      await stores.finish(run, params.storeId, body, stopping);
      log.info({ stateStoreId: params.storeId, deviceName: run.device_name, sizeBytes: body.sizeBytes }, 'user state received');
      return { ok: true };
    },
    'agent.releaseStateStore': async ({ params }, { caller, log }) => {
      const run = await ownRun(caller, params.id);
      const { id, state } = await stores.release(run, params.storeId);
      log.info({ stateStoreId: id, state, runId: run.id, deviceName: run.device_name }, 'state store released');
      return { state };
    },
  };
}

/** The caller's own run. @throws OstlerError FORBIDDEN */
export async function runOf({ sql }: Database, caller: Caller, runId: string): Promise<RunRow> {
  requireOwnRun(caller, runId);
  return getRunRow(sql, runId);
}

export function accountOf(caller: Caller): string {
  if (caller.kind !== 'person') throw new OstlerError('FORBIDDEN', {});
  return caller.name;
}
