/** Alerts, put together: their routes, and looking whether there are new ones. */
import { nameOfCaller, sightOfCaller } from '../access/caller.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { repeat } from '../repeat.ts';
import type { Site } from '../site/site.ts';
import { lookForAlerts } from './look.ts';
import { acknowledgeAlert, listAlerts } from './store.ts';

export type AlertHandlers = HandlersOf<'alerts'>;
export interface AlertFeatures {
  readonly handlers: AlertHandlers;
  /** Looks every minute, until the server stops. */
  start(): void;
  /** Settles when that has ended; `stopping` has been aborted before. */
  stop(): Promise<void>;
}

const lookEveryMs = 60_000;

export function createAlertFeatures(site: Pick<Site, 'database' | 'settings' | 'now' | 'log' | 'stopping'>): AlertFeatures {
  const { database, settings, now, log, stopping: signal } = site;
  const { sql } = database;
  let looking: Promise<void> = Promise.resolve();
  return {
    handlers: {
      'alerts.list': async ({ query }, { caller }) => ({ items: await listAlerts(sql, query, sightOfCaller(caller, 'deployments.read')) }),
      'alerts.acknowledge': async ({ params }, { caller, log: requestLog }) => {
        const by = nameOfCaller(caller);
        const alert = await acknowledgeAlert(sql, params, { by, nowMs: now() });
        requestLog.info({ deploymentId: params.id, alertId: alert.id, kind: alert.kind, by }, 'alert of a deployment acknowledged');
        return alert;
      },
    },
    start: () => {
      looking = repeat('looking for alerts of deployments', lookEveryMs, site, async () => {
        await lookForAlerts(database, { nowMs: now(), timeZone: (await settings.get()).timeZone, log, signal });
      });
    },
    stop: () => looking,
  };
}
