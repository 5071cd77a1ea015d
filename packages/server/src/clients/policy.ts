/**
 * What a client is to do: a run of its computer that goes on, or a required deployment that is to begin. Ten thousand clients ask again and again, and
 * nearly always there is nothing: that is found out by one query over indexes.
 */
import { randomInt } from 'node:crypto';
import type { ClientPolicy, ContentRef, SiteSettings } from '@ostler/contract';
import { sql as raw } from 'kysely';
import type { Logger } from 'pino';
import { issueKey } from '../agent-api/agent-keys.ts';
import { canBeginUnattended, planDeployment, type PlanDependencies } from '../agent-api/plan.ts';
import { builtInCollectionOf } from '../collections/members.ts';
import type { SettledMemberships } from '../collections/memberships.ts';
import type { Database } from '../database/database.ts';
import { offeredTo } from '../deployments/offered-to.ts';
import { offeredDeployments } from '../deployments/offered.ts';
import type { MachineIdentity } from '../devices/identity.ts';
import { getDevice, type Queries } from '../devices/store.ts';
import type { PreDownloads } from '../pre-download/pre-downloads.ts';
import type { RunEvents } from '../runs/run-events.ts';
import { beginRun, findRunningRun, type RunRow } from '../runs/store.ts';
import { notePoll } from './store.ts';

export interface PolicyDependencies extends PlanDependencies {
  readonly database: Database;
  readonly memberships: SettledMemberships;
  readonly events: RunEvents;
  readonly settings: { get(): Promise<SiteSettings> };
  readonly agentBundle: () => Promise<{ readonly ref: ContentRef }>;
  readonly preDownloads: Pick<PreDownloads, 'of'>;
  /** The one that the server runs on. */
  readonly ownMachine: MachineIdentity;
  readonly now: () => number;
}

interface PollingClient {
  readonly deviceId: string;
  readonly lastPollAtMs: number | null;
}

const notedEveryMs = 600_000;
/** Where something is due that cannot begin yet, because content is missing or a person is asked for something. */
const dueAgainSeconds = 60;
const settingsKnownForMs = 10_000;

export type AnswerPoll = (client: PollingClient, log: Logger) => Promise<ClientPolicy>;

export function createPolicy(dependencies: PolicyDependencies): AnswerPoll {
  const { database, events, agentBundle, preDownloads, now } = dependencies;
  const { sql } = database;
  const knownSettings = rememberedSettings(dependencies);
  return async ({ deviceId, lastPollAtMs }, log) => {
    if (now() - (lastPollAtMs ?? 0) > notedEveryMs) await notePoll(sql, deviceId, now());
    const { sha256 } = (await agentBundle()).ref;
    const settings = await knownSettings();
    // A tenth more or less: computers that started together do not ask together.
    const pollSeconds = (settings.clientPollSeconds * randomInt(900, 1101)) / 1000;
    const nothing = { pollSeconds, run: null, agent: { sha256 }, preDownloads: [], cacheLimitBytes: settings.clientCacheBytes };
    const { work, isPrepared } = await findWork(sql, deviceId);
    const next = await nextRun(work, deviceId, settings, dependencies);
    if (next.run === null) {
      const content = isPrepared ? await preDownloads.of(deviceId) : [];
      return { ...nothing, pollSeconds: Math.min(pollSeconds, next.seconds), preDownloads: content };
    }
    const { id: runId, device_name: deviceName, task_sequence_name: taskSequenceName, environment } = next.run;
    const key = await sql.transaction().execute((transaction) => issueKey(transaction, deviceId, runId, now()));
    log.info({ runId, deviceName, taskSequenceName, work }, 'client given a run');
    events.publish(next.run.deployment_id, { kind: 'changed' });
    return { ...nothing, run: { runId, key, environment } };
  };
}

/** Null: none; then when to look again. */
type NextRun = { readonly run: RunRow } | { readonly run: null; readonly seconds: number };

async function nextRun(work: Work, deviceId: string, settings: SiteSettings, dependencies: PolicyDependencies): Promise<NextRun> {
  if (work === 'nothing') return { run: null, seconds: Number.POSITIVE_INFINITY };
  if (work === 'due') return beginRequired(deviceId, settings, dependencies);
  const run = await findRunningRun(dependencies.database.sql, deviceId);
  return run === null ? { run, seconds: dueAgainSeconds } : { run };
}

/** The first that needs nobody, with everything there; otherwise when to look again. */
async function beginRequired(deviceId: string, settings: SiteSettings, dependencies: PolicyDependencies): Promise<NextRun> {
  const { database, memberships, seal, ownMachine, now } = dependencies;
  const { sql } = database;
  const device = await getDevice(sql, deviceId);
  await memberships.settle(deviceId);
  const { required, nextDueAtMs } = await offeredDeployments(sql, device, { nowMs: now(), settings, ownMachine }, 'client');
  for (const deployment of required) {
    if (!canBeginUnattended(await planDeployment(sql, deployment, device, dependencies))) continue;
    const begun = { seal, nowMs: now(), environment: 'installed-os', restartsWait: true } as const;
    return { run: await sql.transaction().execute((transaction) => beginRun(transaction, deployment, device, begun)) };
  }
  const untilDueSeconds = nextDueAtMs === null ? Number.POSITIVE_INFINITY : Math.max(1, (nextDueAtMs - now()) / 1000);
  return { run: null, seconds: Math.min(untilDueSeconds, required.length > 0 ? dueAgainSeconds : Number.POSITIVE_INFINITY) };
}

/** Read every ten seconds at most. */
function rememberedSettings({ settings, now }: Pick<PolicyDependencies, 'settings' | 'now'>): () => Promise<SiteSettings> {
  let known: { readonly atMs: number; readonly settings: SiteSettings } | null = null;
  return async () => {
    if (known === null || now() - known.atMs > settingsKnownForMs) known = { atMs: now(), settings: await settings.get() };
    return known.settings;
  };
}

type Work = 'nothing' | 'goes-on' | 'due';

/**
 * Whether a required deployment is due is not asked here, only whether there is one that has not run, or may run again. `isPrepared`: and whether there
 * is one, paused ones too, whose content is fetched before.
 */
async function findWork(sql: Queries, deviceId: string): Promise<{ readonly work: Work; readonly isPrepared: boolean }> {
  const running = sql.selectFrom('runs').select('runs.id').where('device_id', '=', deviceId).where('state', '=', 'running');
  const awaited = awaitedDeployments(sql, deviceId);
  const row = await sql
    .selectFrom('devices')
    .select((has) => {
      const asNumber = (subquery: Parameters<typeof has.exists>[0]) =>
        has
          .case()
          .when(has.exists(subquery))
          .then(raw<number>`1`)
          .else(raw<number>`0`)
          .end();
      return [
        asNumber(running).as('goes_on'),
        asNumber(awaited.where('paused', 'is', null).where('purpose', '=', 'required')).as('due'),
        asNumber(awaited.where('pre_download', '=', 1)).as('prepared'),
      ];
    })
    .where('id', '=', deviceId)
    .where('state', '=', 'approved')
    .executeTakeFirst();
  const isPrepared = row?.prepared === 1;
  if (row?.goes_on === 1) return { work: 'goes-on', isPrepared };
  return { work: row?.due === 1 ? 'due' : 'nothing', isPrepared };
}

/** Those for the device's client that it has not run, or may run again. */
function awaitedDeployments(sql: Queries, deviceId: string) {
  const memberships = sql.selectFrom('collection_members').select('collection_members.collection_id').where('device_id', '=', deviceId);
  return sql
    .selectFrom('deployments')
    .select('deployments.id')
    .where('available_to', 'in', offeredTo.client)
    .where((has) => has.or([has('collection_id', 'in', memberships), has('collection_id', '=', builtInCollectionOf('approved') ?? '')]))
    .where((has) => {
      const ran = has.selectFrom('runs').select('runs.id').whereRef('runs.deployment_id', '=', 'deployments.id');
      const counts = ran.where('runs.device_id', '=', deviceId).where('rerun_allowed', '=', 0);
      return has.or([has('rerun', '!=', 'never'), has.not(has.exists(counts))]);
    });
}
