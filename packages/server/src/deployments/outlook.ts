/** Who would get a deployment now, and why or why not: the rule of the boot (verdict.ts) asked for every member of a collection. */
import {
  Outcome,
  TimeZone,
  type AvailableTo,
  type CreateDeployment,
  type DeploymentOutlook,
  type OutlookReason,
  type SiteSettings,
  type TaskSequenceDefinition,
} from '@ostler/contract';
import { missingBootImage, neededContent, type ContentSources } from '../agent-api/needed-content.ts';
import type { MachineIdentity } from '../devices/identity.ts';
import { siteServerIds } from '../devices/site-servers.ts';
import type { Queries } from '../devices/store.ts';
import { isoTimeOrNull } from '../iso-time.ts';
import { startJudges } from '../maintenance-windows/store.ts';
import { assessRisk } from './high-risk.ts';
import { busyDevices, devicesWithClient, includesUnseen, lastRunsOf, listMembers, memberVariable, type Member } from './members.ts';
import { obstacleOf } from './obstacle.ts';
import { delayOf, timesOf, type Times } from './times.ts';
import { judgeDeployment, withinWindow, type LastRun, type Verdict } from './verdict.ts';

/** A deployment, saved or not. */
export interface Outlooked extends Pick<
  CreateDeployment,
  'collectionId' | 'purpose' | 'schedule' | 'rerun' | 'overrideMaintenanceWindows'
> {
  readonly availableTo: AvailableTo;
  /** null: it is not saved. */
  readonly id: string | null;
  readonly isPaused: boolean;
  readonly createdAtMs: number;
  readonly taskSequenceName: string;
  readonly collectionName: string;
  readonly definition: TaskSequenceDefinition;
}
export interface OutlookDependencies extends ContentSources {
  readonly nowMs: number;
  readonly settings: SiteSettings;
  readonly ownMachine: MachineIdentity;
}
export interface Page {
  readonly after?: string | undefined;
  readonly limit: number;
}

interface Judgement {
  readonly outcome: Outcome;
  readonly reason: OutlookReason;
  readonly atMs: number | null;
}
/** What is the same on every device. */
interface Whole {
  readonly deployment: Outlooked;
  readonly settings: SiteSettings;
  readonly obstacle: string | null;
  readonly missing: readonly string[];
  /** Of the site's own servers: those that it is kept from. */
  readonly guarded: ReadonlySet<string>;
}

/** Judges every member: the counts are of all of them, the devices a page. */
export async function outlookOf(
  sql: Queries,
  deployment: Outlooked,
  page: Page,
  dependencies: OutlookDependencies,
): Promise<DeploymentOutlook> {
  const { settings, nowMs } = dependencies;
  const missing = await missingContent(deployment.definition, dependencies);
  const guarded = settings.siteServers === 'block' ? await siteServerIds(sql, dependencies) : new Set<string>();
  const obstacle = obstacleOf(deployment.definition, deployment.availableTo);
  const whole: Whole = { deployment, settings, obstacle, missing, guarded };
  const members = (await listMembers(sql, deployment.collectionId)).toSorted(byName);
  const judge = await judgeOf(sql, whole, nowMs);
  const judged = members.map((member) => ({ member, ...judge(member) }));
  const { rows, next } = pageOf(judged, page);
  return {
    taskSequenceName: deployment.taskSequenceName,
    collectionName: deployment.collectionName,
    deviceCount: members.length,
    includesUnseen: includesUnseen(deployment.collectionId),
    problems: [...(whole.obstacle === null ? [] : [whole.obstacle]), ...missing],
    risk: await assessRisk(sql, deployment, dependencies),
    summary: summaryOf(judged),
    devices: rows.map(({ member, outcome, reason, atMs }) => {
      return { deviceId: member.id, deviceName: member.name, outcome, reason, at: isoTimeOrNull(atMs) };
    }),
    next,
  };
}

/** In words. An agent that asks the same is in the boot environment already, and only has to come back there. */
async function missingContent(definition: TaskSequenceDefinition, sources: ContentSources): Promise<string[]> {
  const toBegin = definition.startsIn === 'boot-image' ? await missingBootImage(sources) : [];
  const missing = [...toBegin, ...(await neededContent(definition, sources))].filter(({ problem }) => problem !== null);
  return [...new Set(missing.map(({ kind, name, problem }) => `the ${kind} ${name} ${problem}`))];
}

async function judgeOf(sql: Queries, whole: Whole, nowMs: number): Promise<(member: Member) => Judgement> {
  const { id, schedule, rerun, createdAtMs, availableTo, overrideMaintenanceWindows } = whole.deployment;
  const busy = await busyDevices(sql);
  const runs = id === null ? new Map<string, LastRun>() : await lastRunsOf(sql, id);
  const preferredOf = availableTo === 'media-and-network-boot-hidden' ? await memberVariable(sql, 'smstspreferredadvertid') : () => null;
  const zoneOf = await timeZones(sql, whole);
  const mayStart = await startJudges(sql, nowMs);
  const maxRunTimeMs = whole.deployment.definition.maximumRunTimeMinutes * 60_000;
  const reaches = availableTo === 'clients' ? await devicesWithClient(sql) : null;
  const timesByZone = new Map<string, Times>();
  const timesIn = (zone: string): Times => {
    const times = timesByZone.get(zone) ?? timesOf(schedule, zone, { createdAtMs, nowMs });
    timesByZone.set(zone, times);
    return times;
  };
  return (member) => {
    // A hidden one that the computer names begins there by itself.
    const isNamed = id !== null && preferredOf(member) === id;
    const purpose = isNamed ? 'required' : whole.deployment.purpose;
    const standing = standingOf(member, purpose, whole) ?? (reaches === null || reaches.has(member.id) ? null : 'no-client');
    if (standing !== null) return { outcome: 'not', reason: standing, atMs: null };
    const delayMs = delayOf(id ?? '', member.id, schedule);
    const lastRun = runs.get(member.id) ?? null;
    const verdict = judgeDeployment({ purpose, rerun, times: timesIn(zoneOf(member)), delayMs, lastRun, nowMs });
    const timely = overrideMaintenanceWindows ? verdict : withinWindow(verdict, mayStart(member.id)(maxRunTimeMs));
    return judgementOf(timely, whole, busy.has(member.id));
  };
}

async function timeZones(sql: Queries, { deployment, settings }: Whole): Promise<(member: Member) => string> {
  if (deployment.schedule.timeZone !== 'device') return () => settings.timeZone;
  const namedOf = await memberVariable(sql, 'osdtimezone');
  return (member) => {
    const named = TimeZone.safeParse(namedOf(member));
    return named.success ? named.data : settings.timeZone;
  };
}

/** What keeps it from the device at any time; null: nothing. */
function standingOf(
  { id, state }: Member,
  purpose: CreateDeployment['purpose'],
  { deployment, settings, obstacle, guarded }: Whole,
): OutlookReason | null {
  const rules: readonly (readonly [broken: boolean, reason: OutlookReason])[] = [
    [deployment.isPaused, 'paused'],
    [obstacle !== null, 'obstacle'],
    [state === 'blocked', 'blocked'],
    [state === 'pending' || (state === 'unknown' && settings.unknownComputers === 'approval'), 'pending'],
    [state === 'unknown' && settings.unknownComputers === 'ignore', 'unknown'],
    [purpose === 'required' && guarded.has(id), 'site-server'],
    [deployment.availableTo === 'media-and-network-boot-hidden' && purpose === 'available', 'hidden'],
  ];
  return rules.find(([broken]) => broken)?.[1] ?? null;
}

function judgementOf(verdict: Verdict, { deployment, missing }: Whole, isBusy: boolean): Judgement {
  if (verdict.kind === 'never') return { outcome: 'not', reason: verdict.reason, atMs: null };
  if (verdict.kind === 'later') {
    const reason = deployment.purpose === 'required' ? 'before-deadline' : 'before-available';
    return { outcome: 'later', reason: verdict.reason ?? reason, atMs: verdict.atMs };
  }
  if (missing.length > 0) return { outcome: 'not', reason: 'content', atMs: null };
  if (isBusy) return { outcome: 'later', reason: 'running', atMs: null };
  return verdict.kind === 'due'
    ? { outcome: 'begins', reason: 'due', atMs: null }
    : { outcome: 'offered', reason: 'in-menu', atMs: verdict.dueAtMs };
}

/** In the order of the outcomes, the most frequent reason first. */
function summaryOf(judged: readonly Judgement[]): DeploymentOutlook['summary'] {
  const groups = Map.groupBy(judged, ({ outcome, reason }) => `${outcome} ${reason}`);
  return [...groups.values()]
    .flatMap((same) => (same[0] === undefined ? [] : [{ outcome: same[0].outcome, reason: same[0].reason, deviceCount: same.length }]))
    .toSorted((a, b) => Outcome.options.indexOf(a.outcome) - Outcome.options.indexOf(b.outcome) || b.deviceCount - a.deviceCount);
}

function pageOf<T extends { readonly member: Member }>(
  judged: readonly T[],
  { after, limit }: Page,
): { readonly rows: readonly T[]; readonly next: string | null } {
  const from = after === undefined ? 0 : judged.findIndex(({ member }) => keyOf(member) > after);
  const rows = from === -1 ? [] : judged.slice(from, from + limit);
  const last = rows.at(-1);
  return { rows, next: last === undefined || last === judged.at(-1) ? null : keyOf(last.member) };
}

function byName(one: Member, other: Member): number {
  return keyOf(one) < keyOf(other) ? -1 : 1;
}

/** Of a place in the list, whoever leaves or joins it meanwhile. */
function keyOf({ name, id }: Member): string {
  return `${name} ${id}`;
}
