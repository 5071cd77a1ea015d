/** When a deployment applies, as instants: for one time zone, and for the delay of one device. Pure. */
import { createHash } from 'node:crypto';
import { OstlerError, type CreateDeployment, type DeploymentSchedule } from '@ostler/contract';
import { instantOf } from '../schedule/local-time.ts';
import { openRecurrence, requireRecurrence } from '../schedule/recurrence.ts';

const minuteMs = 60_000;
/** A delay is at most a day, and a deadline comes again after a day at the earliest, which may have 23 hours. */
const deadlinesWithinDelay = 3;

/** A deployment's times by one time zone, looked at from one instant. */
export interface Times {
  readonly availableMs: number;
  readonly expiresMs: number | null;
  readonly firstDeadlineMs: number | null;
  /** The newest ones that have passed, and the next one; rising. Without the delay of a device. */
  readonly deadlinesMs: readonly number[];
}

/** @param nowMs the instant that decides which of a recurring deadline's instants count */
export function timesOf(
  schedule: DeploymentSchedule,
  timeZone: string,
  { createdAtMs, nowMs }: { readonly createdAtMs: number; readonly nowMs: number },
): Times {
  const zone = schedule.timeZone === 'device' ? timeZone : schedule.timeZone;
  const at = (time: string | null): number | null => (time === null ? null : instantOf(time, zone));
  const availableMs = Math.max(at(schedule.availableAt) ?? createdAtMs, createdAtMs);
  const expiresMs = at(schedule.expiresAt);
  const { recurrence, deadlineAt } = schedule;
  if (recurrence === null || deadlineAt === null) {
    const deadlineMs = at(deadlineAt) ?? availableMs;
    return { availableMs, expiresMs, firstDeadlineMs: deadlineMs, deadlinesMs: [deadlineMs] };
  }
  const open = openRecurrence(recurrence, deadlineAt, zone);
  // What came before it was made is not made up for.
  const passed = open.lastUpTo(nowMs, deadlinesWithinDelay).filter((deadlineMs) => deadlineMs >= availableMs);
  const next = open.nextAfter(Math.max(nowMs, availableMs - 1));
  const deadlinesMs = next === null ? passed : [...passed, next];
  return { availableMs, expiresMs, firstDeadlineMs: open.nextAfter(availableMs - 1), deadlinesMs };
}

/** The same for a device at each deadline, and spread evenly over many of them. */
export function delayOf(
  deploymentId: string,
  deviceId: string,
  { randomizeMinutes }: Pick<DeploymentSchedule, 'randomizeMinutes'>,
): number {
  if (randomizeMinutes === 0) return 0;
  const hash = createHash('sha256').update(`${deploymentId} ${deviceId}`).digest();
  return Math.floor((hash.readUInt32BE() / 2 ** 32) * randomizeMinutes * minuteMs);
}

/** @throws OstlerError DEPLOYMENT_SCHEDULE_INVALID, RECURRENCE_INVALID */
export function requireSchedule(
  name: string,
  { purpose, schedule, rerun }: Pick<CreateDeployment, 'purpose' | 'schedule' | 'rerun'>,
): void {
  const problem = problemOf(purpose, schedule, rerun);
  if (problem !== null) throw new OstlerError('DEPLOYMENT_SCHEDULE_INVALID', { name, problem });
  const { recurrence, deadlineAt, timeZone } = schedule;
  if (recurrence !== null && deadlineAt !== null) requireRecurrence(recurrence, deadlineAt, timeZone === 'device' ? 'UTC' : timeZone);
}

type Rule = readonly [broken: boolean, problem: string];

/** Clocks of one zone are compared as they stand. */
function problemOf(purpose: CreateDeployment['purpose'], schedule: DeploymentSchedule, rerun: CreateDeployment['rerun']): string | null {
  const { availableAt, deadlineAt, expiresAt, recurrence, randomizeMinutes } = schedule;
  const required = purpose === 'required';
  const rules: readonly Rule[] = [
    [!required && deadlineAt !== null, 'only a required one has a deadline'],
    [!required && randomizeMinutes > 0, 'only a required one has a deadline to be spread'],
    [!required && rerun !== 'never', 'an available one runs as often as somebody chooses it'],
    [recurrence !== null && deadlineAt === null, 'what comes again is the deadline, and there is none'],
    [rerun !== 'never' && recurrence === null, 'it runs again only where its deadline comes again'],
    [isAfter(availableAt, deadlineAt), 'the deadline is before it is available'],
    [expiresAt !== null && !isAfter(expiresAt, availableAt ?? ''), 'it expires before it is available'],
    [expiresAt !== null && !isAfter(expiresAt, deadlineAt ?? ''), 'it expires before its deadline'],
    [endOfSpread(deadlineAt, randomizeMinutes, expiresAt), 'on some devices it expires before their delayed deadline'],
  ];
  return rules.find(([broken]) => broken)?.[1] ?? null;
}

function isAfter(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one > other;
}

function endOfSpread(deadlineAt: string | null, randomizeMinutes: number, expiresAt: string | null): boolean {
  if (deadlineAt === null || expiresAt === null) return false;
  return instantOf(deadlineAt, 'UTC') + randomizeMinutes * minuteMs > instantOf(expiresAt, 'UTC');
}
