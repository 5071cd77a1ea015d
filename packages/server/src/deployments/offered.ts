/** Which deployments apply to a device now: what begins by itself, and what its menu offers. */
import { TimeZone, type AvailableTo, type Deployment, type Device, type SiteSettings } from '@ostler/contract';
import { collectionsOf } from '../collections/store.ts';
import { deviceVariable } from '../devices/device-variable.ts';
import { isSiteServer, type SiteServers } from '../devices/site-servers.ts';
import type { Queries } from '../devices/store.ts';
import { startJudgeOf } from '../maintenance-windows/store.ts';
import { offeredTo, type AskedFrom } from './offered-to.ts';
import { maxRunTimeMsOf, namedDeployments, obstacleNow, scheduleOf, type NamedDeployment } from './store.ts';
import { delayOf, timesOf } from './times.ts';
import { judgeDeployment, withinWindow, type LastRun, type Verdict } from './verdict.ts';

/** What else decides: the instant, the site's settings, and which machine is its own. */
export interface Surroundings extends SiteServers {
  readonly nowMs: number;
  readonly settings: SiteServers['settings'] & Pick<SiteSettings, 'timeZone' | 'siteServers'>;
}

/** What a device is offered now, by falling priority. Equal ones oldest first: of several required ones, the newest has the last word on the disk. */
export interface OfferedDeployments {
  /** Required ones that are due, and the hidden one that the computer names. */
  readonly required: readonly NamedDeployment[];
  /** Available ones, and required ones before their deadline. */
  readonly available: readonly NamedDeployment[];
  /** What is neither, and comes first of that; null: nothing. */
  readonly next: { readonly name: string; readonly atMs: number; readonly waitsForWindow: boolean } | null;
  /** When the next required one begins by itself; null: none does. */
  readonly nextDueAtMs: number | null;
}

type Collections = readonly { readonly id: string }[];
interface Circumstances {
  readonly timeZone: string;
  readonly lastRun: LastRun | null;
  readonly nowMs: number;
}

const order: Readonly<Record<Deployment['priority'], number>> = { high: 0, normal: 1, low: 2 };

/** What a deployment is made available to that is for those who ask from there, and for nobody else. */
const alone: Readonly<Record<AskedFrom, AvailableTo>> = { 'network-boot': 'media-and-network-boot', client: 'clients' };

/** Of which deployments is asked: `andPaused`, also of those that begin nowhere now. */
interface Asked {
  readonly from: AskedFrom;
  readonly andPaused?: boolean;
}

export async function offeredDeployments(
  sql: Queries,
  device: Pick<Device, 'id' | 'state'>,
  surroundings: Surroundings,
  from: AskedFrom,
): Promise<OfferedDeployments> {
  const judged = await judgedDeployments(sql, device, surroundings, { from });
  return {
    required: judged.flatMap(({ row, verdict }) => (verdict.kind === 'due' ? [row] : [])),
    available: judged.flatMap(({ row, verdict }) =>
      verdict.kind === 'offered' && !isHidden(row) ? [{ ...row, purpose: 'available' as const }] : [],
    ),
    next: judged
      .flatMap(({ row, verdict }) => (verdict.kind === 'later' ? [laterOf(row, verdict)] : []))
      .reduce<OfferedDeployments['next']>((first, each) => (first === null || each.atMs < first.atMs ? each : first), null),
    nextDueAtMs: judged.reduce<number | null>((first, { row, verdict }) => earlier(first, dueAt(row, verdict)), null),
  };
}

export interface JudgedDeployment {
  readonly row: NamedDeployment;
  readonly verdict: Verdict;
  /** The newest run on the device that counts; null: none. */
  readonly lastRun: LastRun | null;
}

/** Every deployment that is made available to a device there, with what it is now; by falling priority, equal ones oldest first. */
export async function judgedDeployments(
  sql: Queries,
  device: Pick<Device, 'id' | 'state'>,
  surroundings: Surroundings,
  asked: Asked,
): Promise<JudgedDeployment[]> {
  const { nowMs, settings } = surroundings;
  const collections = await collectionsOf(sql, device);
  const rows = collections.length === 0 ? [] : await deploymentsFor(sql, device.id, { ...asked, collections }, surroundings);
  if (rows.length === 0) return [];
  const runs = await lastRuns(sql, device.id);
  const isLocal = rows.some((row) => scheduleOf(row).timeZone === 'device');
  const timeZone = isLocal ? await timeZoneOf(sql, device.id, collections, settings.timeZone) : settings.timeZone;
  const mayStart = await startJudgeOf(
    sql,
    collections.map(({ id }) => id),
    nowMs,
  );
  return rows.map((row) => {
    const lastRun = runs.get(row.id) ?? null;
    const verdict = verdictOn(row, device.id, { timeZone, lastRun, nowMs });
    return { row, lastRun, verdict: row.override_windows === 1 ? verdict : withinWindow(verdict, mayStart(maxRunTimeMsOf(row))) };
  });
}

function laterOf({ task_sequence_name: name }: NamedDeployment, { atMs, reason }: Extract<Verdict, { kind: 'later' }>) {
  return { name, atMs, waitsForWindow: reason === 'outside-window' };
}

/** When a required one that is not due yet begins by itself. */
function dueAt({ purpose }: NamedDeployment, verdict: Verdict): number | null {
  if (purpose !== 'required') return null;
  if (verdict.kind === 'later') return verdict.atMs;
  return verdict.kind === 'offered' ? verdict.dueAtMs : null;
}

function earlier(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

function verdictOn(row: NamedDeployment, deviceId: string, { timeZone, lastRun, nowMs }: Circumstances): Verdict {
  const schedule = scheduleOf(row);
  const times = timesOf(schedule, timeZone, { createdAtMs: row.created_at, nowMs });
  const { purpose, rerun } = row;
  return judgeDeployment({ purpose, rerun, times, delayMs: delayOf(row.id, deviceId, schedule), lastRun, nowMs });
}

/** A required one is kept from the site's own servers. A hidden one that the computer names is required there; one that is neither named nor required applies to nobody. */
async function deploymentsFor(
  sql: Queries,
  deviceId: string,
  { collections, from, andPaused = false }: Asked & { readonly collections: Collections },
  surroundings: Surroundings,
): Promise<NamedDeployment[]> {
  const ids = collections.map(({ id }) => id);
  const going = await namedDeployments(sql)
    .$if(!andPaused, (query) => query.where('paused', 'is', null))
    .where('available_to', 'in', offeredTo[from])
    .where('collection_id', 'in', ids)
    .orderBy('deployments.created_at')
    .orderBy('deployments.id')
    .execute();
  const rows = going.filter((row) => obstacleNow(row, alone[from]) === null);
  const preferred = rows.some(isHidden) ? await deviceVariable(sql, 'smstspreferredadvertid', deviceId, collections) : null;
  const applying = rows
    .map((row) => (isHidden(row) && row.id === preferred ? { ...row, purpose: 'required' as const } : row))
    .filter((row) => !isHidden(row) || row.purpose === 'required');
  const isGuarded = surroundings.settings.siteServers === 'block' && (await isSiteServer(sql, deviceId, collections, surroundings));
  return applying
    .filter((row) => !isGuarded || row.purpose !== 'required')
    .toSorted((one, other) => order[one.priority] - order[other.priority]);
}

function isHidden({ available_to }: NamedDeployment): boolean {
  return available_to === 'media-and-network-boot-hidden';
}

/** The variable that Apply OS Settings reads; a name that is not of the IANA database says nothing here. */
async function timeZoneOf(sql: Queries, deviceId: string, collections: Collections, siteTimeZone: string): Promise<string> {
  const named = TimeZone.safeParse(await deviceVariable(sql, 'osdtimezone', deviceId, collections));
  return named.success ? named.data : siteTimeZone;
}

/** The newest of each deployment on the device, without those that do not count any more. */
async function lastRuns(sql: Queries, deviceId: string): Promise<Map<string, LastRun>> {
  const rows = await sql
    .selectFrom('runs')
    .select(['deployment_id', 'state', 'started_at'])
    .where('device_id', '=', deviceId)
    .where('rerun_allowed', '=', 0)
    .orderBy('number')
    .execute();
  return new Map(rows.map(({ deployment_id, state, started_at }) => [deployment_id, { state, startedAtMs: started_at }]));
}
