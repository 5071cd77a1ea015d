import { DeploymentSchedule } from '@ostler/contract';
import { expect, it } from 'vitest';
import { scheduleText, changesOf } from './deployment-options.ts';

const before = DeploymentSchedule.parse({ availableAt: '2026-12-01T08:00', deadlineAt: '2026-12-01T20:00', timeZone: 'Europe/Berlin' });

it('a time may be written with a space, and a deployment without times says nothing of them', () => {
  expect(changesOf({ deadline: '2026-12-01 20:00', rerun: 'always', recurrence: 'freq=weekly;byday=sa' })).toMatchObject({
    schedule: { deadlineAt: '2026-12-01T20:00', recurrence: 'FREQ=WEEKLY;BYDAY=SA', timeZone: 'UTC' },
    rerun: 'always',
  });
  expect(changesOf({ priority: 'high' })).toEqual({ priority: 'high' });
});

it('a change leaves what is not given as it is, and none takes a time away', () => {
  expect(
    changesOf(
      { available: 'none', randomize: '30' },
      { schedule: before, failureThreshold: null, alerts: { success: null, failure: null } },
    ).schedule,
  ).toEqual({
    ...before,
    availableAt: null,
    randomizeMinutes: 30,
  });
});

it('says when a deployment pauses itself, and that it never does', () => {
  expect(changesOf({ pauseAfter: '5' })).toEqual({ failureThreshold: { failures: 5, percent: 10 } });
  expect(changesOf({ pauseAfter: 'none' })).toEqual({ failureThreshold: null });
});

it('what a deployment may do outside of maintenance windows, and whether content is fetched before, is said with yes or no', () => {
  expect(changesOf({ restartOutsideWindows: 'yes', overrideWindows: 'no', preDownload: 'yes' })).toEqual({
    restartOutsideWindows: true,
    overrideMaintenanceWindows: false,
    preDownload: true,
  });
  expect(() => changesOf({ restartOutsideWindows: 'maybe' })).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
});

it('a time that is none is refused before the site is asked', () => {
  expect(() => changesOf({ deadline: 'tomorrow' })).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
});

it('says when a deployment applies', () => {
  const text = (schedule: object) => scheduleText({ purpose: 'required', schedule: DeploymentSchedule.parse(schedule) });

  expect(text({})).toBe('at once');
  expect(scheduleText({ purpose: 'required', schedule: before })).toBe('from 2026-12-01 08:00, due 2026-12-01 20:00 (Europe/Berlin)');
  expect(text({ deadlineAt: '2026-12-05T03:00', timeZone: 'device', recurrence: 'FREQ=WEEKLY', randomizeMinutes: 60 })).toBe(
    'due 2026-12-05 03:00 (device’s time), FREQ=WEEKLY, spread over 60 min',
  );
});
