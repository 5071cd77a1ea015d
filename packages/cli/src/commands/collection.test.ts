import { expect, it } from 'vitest';
import { clearedText } from './collection.ts';

it('a collection that was cleared says what runs again on how many computers, and where a run goes on', () => {
  const items = [{ id: 'deployment-1', name: 'Install', deviceCount: 23 }];

  expect(clearedText('Lab', { items, running: [{ deviceId: 'device-1', deviceName: 'lab-3' }] })).toBe(
    ['RUNS AGAIN  COMPUTERS  DEPLOYMENT', 'Install     23         deployment-1', 'Not on lab-3: a run goes on there.'].join('\n'),
  );
  expect(clearedText('Lab', { items: [], running: [] })).toBe('No required deployment is to be cleared on the computers of Lab.');
});
