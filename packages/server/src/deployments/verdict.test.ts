import { DeploymentSchedule, type CreateDeployment } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { delayOf, requireSchedule, timesOf } from './times.ts';
import { judgeDeployment, type LastRun, type Verdict } from './verdict.ts';

const atMs = (time: string): number => Date.parse(`${time}Z`);
const created = '2026-12-01T00:00';

interface Case {
  readonly purpose?: 'required' | 'available';
  readonly rerun?: CreateDeployment['rerun'];
  readonly schedule: Partial<DeploymentSchedule>;
  readonly delayMs?: number;
  readonly ran?: readonly [state: LastRun['state'], at: string];
}

/** The verdict at an instant; times of `later` and `offered` as they are read. */
function at(time: string, { purpose = 'required', rerun = 'never', schedule, delayMs = 0, ran }: Case): string {
  const nowMs = atMs(time);
  const times = timesOf(DeploymentSchedule.parse(schedule), 'Europe/Berlin', { createdAtMs: atMs(created), nowMs });
  const lastRun = ran === undefined ? null : { state: ran[0], startedAtMs: atMs(ran[1]) };
  return words(judgeDeployment({ purpose, rerun, times, delayMs, lastRun, nowMs }));
}

function words(verdict: Verdict): string {
  const time = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 16);
  if (verdict.kind === 'later') return `later ${time(verdict.atMs)}`;
  if (verdict.kind === 'never') return verdict.reason;
  if (verdict.kind === 'offered' && verdict.dueAtMs !== null) return `offered, due ${time(verdict.dueAtMs)}`;
  return verdict.kind;
}

describe('an available deployment', () => {
  const window: Case = { purpose: 'available', schedule: { availableAt: '2026-12-02T08:00', expiresAt: '2026-12-03T08:00' } };

  it('is offered from its available time until it expires', () => {
    expect(['2026-12-02T07:59', '2026-12-02T08:00', '2026-12-03T07:59', '2026-12-03T08:00'].map((time) => at(time, window))).toEqual([
      'later 2026-12-02T08:00',
      'offered',
      'offered',
      'expired',
    ]);
  });

  it('is offered again where it has run', () => {
    expect(at('2026-12-02T09:00', { ...window, ran: ['succeeded', '2026-12-02T08:30'] })).toBe('offered');
  });
});

describe('a required deployment', () => {
  it('runs at once where it has no times, and once only', () => {
    expect(at('2026-12-01T00:00', { schedule: {} })).toBe('due');
    expect(at('2026-12-01T09:00', { schedule: {}, ran: ['failed', '2026-12-01T08:00'] })).toBe('ran');
  });

  it('is offered before its deadline, begins by itself then, and does not after somebody began it before', () => {
    const schedule = { availableAt: '2026-12-02T08:00', deadlineAt: '2026-12-02T20:00', expiresAt: '2026-12-04T00:00' };
    const over = ['2026-12-02T07:00', '2026-12-02T08:00', '2026-12-02T20:00', '2026-12-04T00:00'].map((time) => at(time, { schedule }));

    expect(over).toEqual(['later 2026-12-02T20:00', 'offered, due 2026-12-02T20:00', 'due', 'expired']);
    expect(at('2026-12-02T20:00', { schedule, ran: ['succeeded', '2026-12-02T09:00'] })).toBe('ran');
  });

  it('runs at the device’s own clock, or the one of a time zone', () => {
    const schedule = { deadlineAt: '2026-12-02T20:00' };

    expect(at('2026-12-02T18:59', { schedule: { ...schedule, timeZone: 'device' } })).toBe('offered, due 2026-12-02T19:00');
    expect(at('2026-12-02T19:00', { schedule: { ...schedule, timeZone: 'device' } })).toBe('due');
    expect(at('2026-12-02T19:00', { schedule: { ...schedule, timeZone: 'America/New_York' } })).toBe('offered, due 2026-12-03T01:00');
  });

  it('waits for the delay of the device', () => {
    const schedule = { deadlineAt: '2026-12-02T20:00', randomizeMinutes: 60 };

    expect(at('2026-12-02T20:10', { schedule, delayMs: 30 * 60_000 })).toBe('offered, due 2026-12-02T20:30');
    expect(at('2026-12-02T20:30', { schedule, delayMs: 30 * 60_000 })).toBe('due');
  });
});

describe('a deadline that comes again', () => {
  const schedule = { deadlineAt: '2026-12-05T03:00', recurrence: 'FREQ=WEEKLY;BYDAY=SA' };
  const success = ['succeeded', '2026-12-05T03:00'] as const;
  const failure = ['failed', '2026-12-05T03:00'] as const;
  const secondSaturday = (rerun: CreateDeployment['rerun'], ran?: Case['ran']): string =>
    at('2026-12-12T03:00', { schedule, rerun, ...(ran === undefined ? {} : { ran }) });

  it('runs again as its rerun behaviour says', () => {
    expect([secondSaturday('never', success), secondSaturday('never', failure)]).toEqual(['ran', 'ran']);
    expect([secondSaturday('always', success), secondSaturday('always', failure)]).toEqual(['due', 'due']);
    expect([secondSaturday('if-failed', success), secondSaturday('if-failed', failure)]).toEqual(['ran', 'due']);
    expect([secondSaturday('if-succeeded', success), secondSaturday('if-succeeded', failure)]).toEqual(['due', 'ran']);
  });

  it('runs once for each deadline, and also where the last one was missed', () => {
    expect(at('2026-12-06T00:00', { schedule, rerun: 'always', ran: success })).toBe('later 2026-12-12T03:00');
    expect(at('2026-12-10T00:00', { schedule, rerun: 'always' })).toBe('due');
  });

  it('counts the delay of the device with each deadline, also over midnight', () => {
    const spread = { deadlineAt: '2026-12-02T23:00', recurrence: 'FREQ=DAILY', randomizeMinutes: 1440 };
    const late = { schedule: spread, rerun: 'always', delayMs: 23 * 60 * 60_000 } as const;

    expect(at('2026-12-05T21:00', { ...late, ran: ['succeeded', '2026-12-04T22:00'] })).toBe('later 2026-12-05T22:00');
    expect(at('2026-12-05T22:00', { ...late, ran: ['succeeded', '2026-12-04T22:00'] })).toBe('due');
  });

  it('does not make up for what came before the deployment was made', () => {
    expect(at('2026-12-01T12:00', { schedule: { ...schedule, deadlineAt: '2026-01-01T03:00' }, rerun: 'always' })).toBe(
      'offered, due 2026-12-05T03:00',
    );
  });

  it('ends with its expiry', () => {
    const ending = { ...schedule, expiresAt: '2026-12-12T00:00' };
    expect(at('2026-12-06T00:00', { schedule: ending, rerun: 'always', ran: success })).toBe('ran');
    expect(at('2026-12-12T03:00', { schedule: ending, rerun: 'always', ran: success })).toBe('expired');
  });
});

it('the delay of a device is always the same, and many devices are spread over the whole interval', () => {
  const delays = Array.from({ length: 1000 }, (_each, index) => delayOf('deployment-1', `device-${index}`, { randomizeMinutes: 60 }));
  const quarters = [0, 1, 2, 3].map((quarter) => delays.filter((delayMs) => Math.floor(delayMs / (15 * 60_000)) === quarter).length);

  expect(delayOf('deployment-1', 'device-7', { randomizeMinutes: 60 })).toBe(delays[7]);
  expect(delayOf('deployment-1', 'device-7', { randomizeMinutes: 0 })).toBe(0);
  for (const count of quarters) expect(count).toBeGreaterThan(200);
});

it.each([
  ['only a required one has a deadline', 'available', { deadlineAt: '2026-12-02T20:00' }, 'never'],
  ['an available one runs as often as somebody chooses it', 'available', {}, 'always'],
  ['what comes again is the deadline, and there is none', 'required', { recurrence: 'FREQ=DAILY' }, 'always'],
  ['it runs again only where its deadline comes again', 'required', { deadlineAt: '2026-12-02T20:00' }, 'if-failed'],
  ['the deadline is before it is available', 'required', { availableAt: '2026-12-02T20:00', deadlineAt: '2026-12-02T19:00' }, 'never'],
  ['it expires before it is available', 'available', { availableAt: '2026-12-02T20:00', expiresAt: '2026-12-02T20:00' }, 'never'],
  ['it expires before its deadline', 'required', { deadlineAt: '2026-12-02T20:00', expiresAt: '2026-12-02T19:00' }, 'never'],
  [
    'on some devices it expires before their delayed deadline',
    'required',
    { deadlineAt: '2026-12-02T20:00', randomizeMinutes: 60, expiresAt: '2026-12-02T20:30' },
    'never',
  ],
] as const)('refuses times that contradict each other: %s', (problem, purpose, schedule, rerun) => {
  const refuse = () => requireSchedule('Install', { purpose, schedule: DeploymentSchedule.parse(schedule), rerun });
  expect(refuse).toThrow(expect.objectContaining({ code: 'DEPLOYMENT_SCHEDULE_INVALID', details: { name: 'Install', problem } }));
});
