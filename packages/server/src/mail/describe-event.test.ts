import type { EventMessage } from '@ostler/contract';
import { expect, it } from 'vitest';
import { describeEvents } from './describe-event.ts';

const waiting = (name: string, timestamp: string): EventMessage => {
  return { type: 'device.waiting', timestamp, data: { device: { id: 'device-1', name } } };
};
const paused: EventMessage = {
  type: 'deployment.paused',
  timestamp: '2026-11-22T10:00:05.000Z',
  data: {
    deployment: { id: 'deployment-1', taskSequenceName: 'Install', collectionId: 'collection-1', collectionName: 'Lab' },
    reason: '3 of 4 runs have failed',
    by: null,
  },
};

it('one event is the subject of its message', () => {
  const { subject, text } = describeEvents([paused], 'North');

  expect(subject).toBe('[North] Install to Lab has paused itself: 3 of 4 runs have failed');
  expect(text).toBe('2026-11-22 10:00:05  Install to Lab has paused itself: 3 of 4 runs have failed\n\nTimes are in UTC.\n');
});

it('an alert says what was counted, and by which threshold', () => {
  const { deployment } = paused.data;
  const alert = { id: 'alert-1', kind: 'too-few-succeeded', count: 40, of: 100, percent: 90 };
  const raised: EventMessage = { type: 'deployment.alert-raised', timestamp: paused.timestamp, data: { deployment, alert } };

  expect(describeEvents([raised], 'North').subject).toBe(
    '[North] Alert: Install to Lab: only 40 of 100 computers had succeeded, less than 90 %',
  );
});

it('several are counted in the subject and told in the order in which they happened', () => {
  const messages = [waiting('pc-2', '2026-11-22T10:00:09.000Z'), paused, waiting('pc-1', '2026-11-22T10:00:01.000Z')];

  const { subject, text } = describeEvents(messages, 'North');

  expect(subject).toBe('[North] 2 × device.waiting, 1 × deployment.paused');
  expect(text.split('\n').slice(2, 5)).toEqual([
    '2026-11-22 10:00:01  pc-1 waits for approval',
    '2026-11-22 10:00:05  Install to Lab has paused itself: 3 of 4 runs have failed',
    '2026-11-22 10:00:09  pc-2 waits for approval',
  ]);
});
