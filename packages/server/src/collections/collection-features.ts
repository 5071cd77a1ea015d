/** Collections, put together: routes, memberships that follow every change, and the full evaluation on its schedule. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createTurns } from '../database/exclusively.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { JobHandler } from '../jobs/job-handlers.ts';
import { repeat } from '../repeat.ts';
import type { Site } from '../site/site.ts';
import { collectionHandlers, type CollectionHandlers } from './handlers.ts';
import { Memberships } from './memberships.ts';
import { createQueryLanguage } from './query/query-language.ts';

export interface CollectionFeatures {
  readonly handlers: CollectionHandlers;
  readonly memberships: Memberships;
  readonly evaluationJob: JobHandler<'collection-evaluation'>;
  /** Follows changes of devices, and asks for full evaluations, until the server stops. */
  start(): void;
  /** Settles when that has ended; `stopping` has been aborted before. */
  stop(): Promise<void>;
}

export type CollectionSite = Pick<Site, 'database' | 'now' | 'log' | 'stopping' | 'settings'> & {
  readonly jobs: Pick<Site['jobs'], 'enqueue'>;
};

/** A changed device is in the right collections at most so long after, beside the time that it takes. */
const followEveryMs = 200;
const scheduleEveryMs = 60_000;
const hourMs = 3_600_000;

export function createCollectionFeatures(site: CollectionSite, seal: SecretSeal): CollectionFeatures {
  const language = createQueryLanguage();
  const memberships = new Memberships({ ...site, language });
  const inTurn = createTurns(site.database, 'collection-evaluation');
  let working: Promise<unknown> = Promise.resolve();
  return {
    handlers: collectionHandlers({ ...site, seal, language, memberships }),
    memberships,
    evaluationJob: async ({ collectionId }, { signal, report }) => ({ devices: await memberships.evaluate(collectionId, signal, report) }),
    start: () => {
      const startedAtMs = site.now();
      working = Promise.all([
        repeat('keeping memberships up to date', followEveryMs, site, () => settleAll(memberships, site.stopping)),
        repeat('asking for full evaluations', scheduleEveryMs, site, () => inTurn(() => requestWhenDue(site, startedAtMs))),
        repeat('finishing interrupted evaluations', hourMs, site, () => memberships.finishInterrupted(site.stopping)),
      ]);
    },
    stop: async () => {
      await working;
    },
  };
}

async function settleAll(memberships: Memberships, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await memberships.settleSome()) > 0) await sleep(1, undefined, { signal });
}

/** Several servers on one database see each other's jobs, and look in turns. */
async function requestWhenDue({ database: { sql }, settings, jobs, now }: CollectionSite, startedAtMs: number): Promise<void> {
  const { collectionEvaluationHours } = await settings.get();
  if (collectionEvaluationHours === 0) return;
  const last = await sql
    .selectFrom('jobs')
    .select((select) => select.fn.max('created_at').as('created_at'))
    .where('kind', '=', 'collection-evaluation')
    .executeTakeFirst();
  const lastMs = Math.max(last?.created_at ?? 0, startedAtMs - collectionEvaluationHours * hourMs + scheduleEveryMs);
  if (now() - lastMs >= collectionEvaluationHours * hourMs)
    await jobs.enqueue('collection-evaluation', 'every collection', { collectionId: null });
}
