import type { Alert } from '@ostler/contract';
import { expect, it } from 'vitest';
import { alertTable } from './alert.ts';
import { alertsOf, alertThresholdsText } from './alert-options.ts';

const success = { percent: 90, at: '2026-12-02T08:00' };
const failure = { failures: 3, percent: 5 };

it('a deployment is given one threshold or both, keeps what is not given, and loses what is none', () => {
  expect(alertsOf({}, null)).toEqual({});
  expect(alertsOf({ alertBelow: '90', alertAt: '2026-12-02 08:00' }, null)).toEqual({ alerts: { success, failure: null } });
  expect(alertsOf({ alertAbove: '5' }, { success, failure: null })).toEqual({ alerts: { success, failure } });
  expect(alertsOf({ alertBelow: 'none' }, { success, failure })).toEqual({ alerts: { success: null, failure } });
  expect(() => alertsOf({ alertBelow: '90' }, null)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
});

it('says when a deployment raises alerts', () => {
  expect(alertThresholdsText({ success: null, failure: null })).toBeNull();
  expect(alertThresholdsText({ success, failure })).toBe(
    'where fewer than 90 % have succeeded at 2026-12-02 08:00; where 3 runs or more have failed, and over 5 %',
  );
});

it('says what was counted, and who has seen it', () => {
  const alert: Alert = {
    id: 'alert-1',
    deploymentId: 'deployment-1',
    taskSequenceName: 'Install',
    collectionName: 'Lab',
    kind: 'too-many-failed',
    count: 7,
    of: 20,
    percent: 5,
    raisedAt: '2026-12-01T20:00:00.000Z',
    acknowledged: { at: '2026-12-01T20:05:00.000Z', by: 'ada' },
    clearedAt: null,
  };

  const table = alertTable([alert, { ...alert, id: 'alert-2', kind: 'too-few-succeeded', acknowledged: null }]);

  expect(table).toContain('7 of 20 runs had failed, more than 5 %');
  expect(table).toContain('2026-12-01T20:05:00.000Z by ada');
  expect(table).toContain('only 7 of 20 computers had succeeded, less than 5 %');
});
