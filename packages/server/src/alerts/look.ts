/**
 * Looks whether deployments go as they should, and raises and clears their alerts. Several servers may look at once: each alert is raised and
 * cleared once.
 *
 * - `too-many-failed` is what pauses a deployment, with a threshold of its own: the runs that have ended since it was made or last resumed.
 * - `too-few-succeeded` is looked at once, at its time: a computer that joins the collection a month later raises nothing. From then on only
 *   what is open is counted, until enough have succeeded.
 */
import { AlertKind, type AlertFigure } from '@ostler/contract';
import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import { countEnded, isThresholdPassed } from '../deployments/pause.ts';
import { shareOfSuccess } from '../deployments/status.ts';
import { alertsOf, scheduleOf, type DeploymentRow } from '../deployments/store.ts';
import type { Queries } from '../devices/store.ts';
import { instantOf } from '../schedule/local-time.ts';
import { clearAlert, openAlerts, raiseAlert, type AlertRow } from './store.ts';

export interface Look {
  readonly nowMs: number;
  /** The site's: of deployments whose times are each device's own. */
  readonly timeZone: string;
  readonly log: Logger;
  /** Looking ends between two deployments. */
  readonly signal: AbortSignal;
}

interface Judgement {
  /** null: all is well, and what was raised is cleared. */
  readonly figure: AlertFigure | null;
  /** It is not looked at again while nothing is open. */
  readonly once: boolean;
}
interface Judged {
  readonly row: DeploymentRow;
  readonly isOpen: boolean;
}
/** @returns null: it is not looked at now, and stays as it is */
type Judge = (sql: Queries, judged: Judged, look: Look) => Promise<Judgement | null>;

const judges: Readonly<Record<AlertKind, Judge>> = { 'too-few-succeeded': judgeSuccess, 'too-many-failed': judgeFailures };
const well: Judgement = { figure: null, once: false };

export async function lookForAlerts({ sql }: Pick<Database, 'sql'>, look: Look): Promise<void> {
  const open = sql.selectFrom('alerts').select('alerts.deployment_id').where('cleared_at', 'is', null);
  const rows = await sql
    .selectFrom('deployments')
    .selectAll()
    .where((has) => has.or([has('alerts', 'is not', null), has('id', 'in', open)]))
    .execute();
  for (const row of rows) {
    look.signal.throwIfAborted();
    await lookAt(sql, row, look);
  }
}

async function lookAt(sql: Database['sql'], row: DeploymentRow, look: Look): Promise<void> {
  const open = await openAlerts(sql, row.id);
  for (const kind of AlertKind.options) {
    const before = open.get(kind);
    const judgement = await judges[kind](sql, { row, isOpen: before !== undefined }, look);
    if (judgement === null) continue;
    const { figure, once } = judgement;
    const change = changeOf({ row, kind, before, figure });
    if (change !== null) await sql.transaction().execute((transaction) => change(transaction, look));
    // Last: where the server ends before it, the same is looked at once more.
    if (once && row.success_looked_at === 0) await noteLooked(sql, row);
  }
}

interface Found {
  readonly row: DeploymentRow;
  readonly kind: AlertKind;
  readonly before: AlertRow | undefined;
  readonly figure: AlertFigure | null;
}

/** @returns null: it is open and stays so, or is not and all is well */
function changeOf({ row, kind, before, figure }: Found): ((sql: Queries, look: Look) => Promise<void>) | null {
  const alert = { deploymentId: row.id, kind };
  if (figure !== null && before === undefined) {
    return async (sql, { nowMs, log }) => {
      if (await raiseAlert(sql, { ...alert, figure }, nowMs)) log.warn({ ...alert, ...figure }, 'alert of a deployment raised');
    };
  }
  if (figure === null && before !== undefined) {
    return async (sql, { nowMs, log }) => {
      if (await clearAlert(sql, before, nowMs)) log.info(alert, 'alert of a deployment cleared');
    };
  }
  return null;
}

async function judgeSuccess(sql: Queries, { row, isOpen }: Judged, { nowMs, timeZone }: Look): Promise<Judgement | null> {
  const { success } = alertsOf(row);
  if (success === null) return well;
  const { timeZone: zone } = scheduleOf(row);
  if (nowMs < instantOf(success.at, zone === 'device' ? timeZone : zone)) return well;
  if (row.success_looked_at === 1 && !isOpen) return null;
  const { succeeded: count, all: of } = await shareOfSuccess(sql, row.id);
  const isPassed = count * 100 < success.percent * of;
  return { figure: isPassed ? { count, of, percent: success.percent } : null, once: true };
}

async function judgeFailures(sql: Queries, { row }: Judged): Promise<Judgement> {
  const { failure } = alertsOf(row);
  if (failure === null) return well;
  const ended = await countEnded(sql, row);
  if (!isThresholdPassed(failure, ended)) return well;
  return { figure: { count: ended.failed, of: ended.all, percent: failure.percent }, once: false };
}

/** Unless the thresholds were changed meanwhile. */
async function noteLooked(sql: Queries, { id, alerts }: DeploymentRow): Promise<void> {
  await sql.updateTable('deployments').set({ success_looked_at: 1 }).where('id', '=', id).where('alerts', '=', alerts).execute();
}
