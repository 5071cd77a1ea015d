/** State stores, put together: rows, files, routes, and the clean-up of what is over. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { StreamRoutes } from '../http/handlers.ts';
import type { Site } from '../site/site.ts';
import { stateStoreHandlers, type StateStoreHandlers } from './handlers.ts';
import { StateStores } from './state-stores.ts';
import { StoreFiles } from './store-files.ts';
import { stateStoreStreams } from './streams.ts';

export interface StateStoreFeatures {
  readonly handlers: StateStoreHandlers;
  readonly streams: StreamRoutes;
  /** Deletes what is over, every hour until the server stops. */
  start(): void;
  /** Settles when that has ended; `stopping` has been aborted before. */
  stop(): Promise<void>;
}

const hourMs = 3_600_000;

type StateStoreSite = Pick<Site, 'database' | 'now' | 'authorise' | 'settings' | 'log' | 'stopping' | 'data'>;

export function createStateStoreFeatures(site: StateStoreSite, seal: SecretSeal): StateStoreFeatures {
  const files = new StoreFiles(site.data.stateStores);
  const stores = new StateStores({ ...site, files, seal });
  let tidying: Promise<void> = Promise.resolve();
  return {
    handlers: stateStoreHandlers({ ...site, stores }),
    streams: stateStoreStreams({ ...site, stores, files }),
    start: () => {
      tidying = tidyUp(stores, site);
    },
    stop: () => tidying,
  };
}

async function tidyUp(stores: StateStores, { log, stopping }: Pick<Site, 'log' | 'stopping'>): Promise<void> {
  while (!stopping.aborted) {
    try {
      const expired = await stores.expireDue();
      if (expired > 0) log.info({ expired }, 'state stores expired');
      await sleep(hourMs, undefined, { signal: stopping, ref: false });
    } catch (error) {
      if (stopping.aborted) return;
      log.error({ err: error }, 'state stores could not be looked through');
      await sleep(hourMs, undefined, { signal: stopping, ref: false }).catch(() => undefined);
    }
  }
}
