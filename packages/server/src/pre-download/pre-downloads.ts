/** What a computer is to have before its runs, and whether it may fetch a piece of that with the key of its client. */
import type { ClientPolicy, SiteSettings } from '@ostler/contract';
import type { SettledMemberships } from '../collections/memberships.ts';
import { judgedDeployments, type JudgedDeployment } from '../deployments/offered.ts';
import type { MachineIdentity } from '../devices/identity.ts';
import { getDevice } from '../devices/store.ts';
import { createPreparedContents, type PreparedContentDependencies, type PreparedContents } from './prepared-content.ts';

export interface PreDownloadDependencies extends PreparedContentDependencies {
  readonly memberships: SettledMemberships;
  readonly settings: { get(): Promise<SiteSettings> };
  /** The one that the server runs on. */
  readonly ownMachine: MachineIdentity;
}

export interface PreDownloads {
  readonly prepared: PreparedContents;
  /** For the policy of the device's client: the soonest first. @throws OstlerError NOT_FOUND */
  of(deviceId: string): Promise<ClientPolicy['preDownloads']>;
  /** @throws OstlerError NOT_FOUND */
  mayFetch(deviceId: string, sha256: string): Promise<boolean>;
}

/** Clients spread their beginnings over an hour, or over half of the time that is left, so that the other half is for fetching. */
const longestSpreadSeconds = 3600;

export function createPreDownloads(dependencies: PreDownloadDependencies): PreDownloads {
  const { database, memberships, settings, ownMachine, now } = dependencies;
  const { sql } = database;
  const prepared = createPreparedContents(dependencies);
  const awaitedBy = async (deviceId: string): Promise<JudgedDeployment[]> => {
    const device = await getDevice(sql, deviceId);
    await memberships.settle(deviceId);
    const surroundings = { nowMs: now(), settings: await settings.get(), ownMachine };
    const judged = await judgedDeployments(sql, device, surroundings, { from: 'client', andPaused: true });
    return judged.filter(isAwaited);
  };
  return {
    prepared,
    of: async (deviceId) => {
      const nowMs = now();
      const awaited = (await awaitedBy(deviceId)).toSorted((one, other) => beginsAtMs(one, nowMs) - beginsAtMs(other, nowMs));
      return Promise.all(
        awaited.map(async (each) => {
          const { hash, pieces } = await prepared.of(each.row);
          const startWithinSeconds = spreadSeconds(beginsAtMs(each, nowMs) - nowMs);
          const common = { deploymentId: each.row.id, contentHash: hash, content: [...pieces] };
          return { ...common, fetch: each.row.paused === null, startWithinSeconds };
        }),
      );
    },
    mayFetch: async (deviceId, sha256) => {
      for (const { row } of await awaitedBy(deviceId)) {
        if (row.paused !== null) continue;
        if ((await prepared.of(row)).pieces.some((piece) => piece.sha256 === sha256)) return true;
      }
      return false;
    },
  };
}

/** One that a person may begin as often as they like is fetched for the first time alone. */
function isAwaited({ row, verdict, lastRun }: JudgedDeployment): boolean {
  if (row.pre_download === 0 || verdict.kind === 'never') return false;
  return row.purpose === 'required' || lastRun === null;
}

/** When a run may begin at the soonest, by itself or by a person where nothing begins by itself. */
function beginsAtMs({ verdict }: JudgedDeployment, nowMs: number): number {
  if (verdict.kind === 'later') return verdict.atMs;
  return verdict.kind === 'offered' ? (verdict.dueAtMs ?? nowMs) : nowMs;
}

/** @param aheadMs until a run may begin; none: it may begin now, and whoever comes too late fetches as it runs */
function spreadSeconds(aheadMs: number): number {
  return aheadMs <= 0 ? longestSpreadSeconds : Math.min(longestSpreadSeconds, aheadMs / 2000);
}
