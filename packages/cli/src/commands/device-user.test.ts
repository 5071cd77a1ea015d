import type { DeviceUser } from '@ostler/contract';
import { expect, it } from 'vitest';
import { deviceUserTable } from './device-user.ts';

it('users are listed with who named them, and who let those in that had to wait', () => {
  const anna: DeviceUser = {
    deviceId: 'device-1',
    deviceName: 'PC-1',
    user: 'CORP\\anna',
    state: 'confirmed',
    source: 'task-sequence',
    namedBy: 'Install',
    namedAt: '2026-11-22T10:00:00.000Z',
    runId: 'run-1',
    approvedBy: 'root',
    approvedAt: '2026-11-22T11:00:00.000Z',
  };
  const ben: DeviceUser = {
    ...anna,
    user: 'ben',
    source: 'administrator',
    namedBy: 'root',
    runId: null,
    approvedBy: null,
    approvedAt: null,
  };

  expect(deviceUserTable([anna, ben], 'Nobody waits.').split('\n')).toEqual([
    'USER       COMPUTER  STATE      NAMED BY               AT                        APPROVED BY',
    'CORP\\anna  PC-1      confirmed  task sequence Install  2026-11-22T10:00:00.000Z  root',
    'ben        PC-1      confirmed  account root           2026-11-22T10:00:00.000Z  –',
  ]);
  expect(deviceUserTable([], 'Nobody waits.')).toBe('Nobody waits.');
});
