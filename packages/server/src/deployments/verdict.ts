/** Whether a deployment applies to a device at an instant, and why not. Pure: the one rule of the boot, the menu and the preview. */
import type { Deployment, RerunBehaviour, RunState } from '@ostler/contract';
import type { MayStart } from '../maintenance-windows/spans.ts';
import type { Times } from './times.ts';

export interface Judged {
  readonly purpose: Deployment['purpose'];
  readonly rerun: RerunBehaviour;
  readonly times: Times;
  /** Of this device, after each deadline. */
  readonly delayMs: number;
  /** The newest run on the device that counts; null: none. */
  readonly lastRun: LastRun | null;
  readonly nowMs: number;
}
export interface LastRun {
  readonly state: RunState;
  readonly startedAtMs: number;
}

/** Of a required one that is due: outside of the maintenance windows it waits for the next that is long enough. */
export function withinWindow(verdict: Verdict, may: MayStart): Verdict {
  if (verdict.kind !== 'due' || may.may) return verdict;
  return may.nextStartMs === null
    ? { kind: 'never', reason: 'no-window' }
    : { kind: 'later', atMs: may.nextStartMs, reason: 'outside-window' };
}

export type Verdict =
  /** It is required and due: it begins by itself. */
  | { readonly kind: 'due' }
  /** A person may begin it; `dueAtMs`: it begins by itself then. */
  | { readonly kind: 'offered'; readonly dueAtMs: number | null }
  | { readonly kind: 'later'; readonly atMs: number; readonly reason?: 'outside-window' }
  | { readonly kind: 'never'; readonly reason: 'expired' | 'ran' | 'no-window' };

export function judgeDeployment(judged: Judged): Verdict {
  const { purpose, times, nowMs } = judged;
  if (times.expiresMs !== null && nowMs >= times.expiresMs) return { kind: 'never', reason: 'expired' };
  if (purpose === 'required') return judgeRequired(judged);
  return nowMs < times.availableMs ? { kind: 'later', atMs: times.availableMs } : { kind: 'offered', dueAtMs: null };
}

/** A run from the available time on counts for the first deadline; later ones count from the deadline before them. */
function judgeRequired({ rerun, times, delayMs, lastRun, nowMs }: Judged): Verdict {
  const due = times.deadlinesMs.map((deadlineMs) => deadlineMs + delayMs);
  const current = due.findLast((atMs) => atMs <= nowMs);
  const next = due.find((atMs) => atMs > nowMs && (times.expiresMs === null || atMs < times.expiresMs));
  const isFirst = current === undefined || current - delayMs === times.firstDeadlineMs;
  const countsFromMs = isFirst ? times.availableMs : current;
  const ranForThis = lastRun !== null && lastRun.startedAtMs >= countsFromMs;
  if (!mayRun(rerun, lastRun)) return { kind: 'never', reason: 'ran' };
  if (current !== undefined && !ranForThis) return { kind: 'due' };
  if (next === undefined) return { kind: 'never', reason: ranForThis ? 'ran' : 'expired' };
  const isOffered = current === undefined && !ranForThis && nowMs >= times.availableMs;
  return isOffered ? { kind: 'offered', dueAtMs: next } : { kind: 'later', atMs: next };
}

function mayRun(rerun: RerunBehaviour, lastRun: LastRun | null): boolean {
  if (lastRun === null) return true;
  const may: { readonly [R in RerunBehaviour]: boolean } = {
    never: false,
    always: true,
    'if-failed': lastRun.state === 'failed' || lastRun.state === 'cancelled',
    'if-succeeded': lastRun.state === 'succeeded',
  };
  return may[rerun];
}
