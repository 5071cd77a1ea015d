/**
 * The restart rule of maintenance windows (feature map §1.8, §1.9): a computer in use restarts inside of its windows.
 *
 * DECISIONS
 * - It holds for a run that began by itself in the installed system, until it first leaves that for the boot environment. After that, and wherever a
 *   system is being laid down, a run always goes on: half a system on a disk is worse than a restart at a wrong hour.
 * - It does not hold for what a person began, or began again; nor on a computer without windows.
 * - A deployment can allow such restarts. By itself it does not, unless it begins outside of windows: a restart that comes late costs a night, one in the
 *   middle of somebody's work costs that work, and whoever made a window has said when the computer may be disturbed.
 */
import type { WindowWait } from '@ostler/contract';
import type { SettledMemberships } from '../collections/memberships.ts';
import type { Queries } from '../devices/store.ts';
import { isoTimeOrNull } from '../iso-time.ts';
import { rememberSpans } from '../maintenance-windows/known-spans.ts';
import { mayStartNow } from '../maintenance-windows/spans.ts';
import { windowsOfDevice } from '../maintenance-windows/store.ts';
import type { ReportedRun } from './store.ts';

interface HoldDependencies {
  readonly sql: Queries;
  readonly memberships: SettledMemberships;
  readonly now: () => number;
}

type HoldOf = (run: Pick<ReportedRun, 'restarts_wait' | 'deployment_id' | 'device_id'>) => Promise<WindowWait | null>;

/** @returns what says of a run why its computer may not restart, by the windows, the deployment and the run at this moment; null: it may */
export function createRestartHold({ sql, memberships, now }: HoldDependencies): HoldOf {
  const spansOf = rememberSpans();
  return async ({ restarts_wait, deployment_id, device_id }) => {
    if (restarts_wait === 0) return null;
    const deployment = await sql
      .selectFrom('deployments')
      .select('restart_outside_windows')
      .where('id', '=', deployment_id)
      .executeTakeFirst();
    if (deployment?.restart_outside_windows !== 0) return null;
    await memberships.settle(device_id);
    const windows = await windowsOfDevice(sql, device_id);
    const nowMs = now();
    // A restart fits into any window, however little is left of it.
    const may = mayStartNow({ windows: windows.length === 0 ? null : spansOf(windows, nowMs), nowMs, maxRunTimeMs: 0 });
    return may.may ? null : { until: isoTimeOrNull(may.nextStartMs) };
  };
}

/** Lets the computer restart now, and later in this run: nothing is waited for any more. Call it inside a transaction. */
export async function allowRestarts(sql: Queries, runId: string): Promise<void> {
  await sql.updateTable('runs').set({ restarts_wait: 0, window_wait: null }).where('id', '=', runId).execute();
}
