import { expect, it } from 'vitest';
import { outlookText } from './deployment-outlook.ts';

it('says how many computers get it and why, and then which', () => {
  const at = '2026-12-01T19:00:00.000Z';
  const text = outlookText({
    taskSequenceName: 'Install',
    collectionName: 'Lab',
    deviceCount: 3,
    includesUnseen: false,
    risk: { reasons: ['it is for more than 2 computers'], refusal: null, confirm: 'Lab 3' },
    problems: ['the package tools has lost its content'],
    summary: [
      { outcome: 'later', reason: 'before-deadline', deviceCount: 2 },
      { outcome: 'not', reason: 'blocked', deviceCount: 1 },
    ],
    devices: [
      { deviceId: 'device-1', deviceName: 'PC-1', outcome: 'later', reason: 'before-deadline', at },
      { deviceId: 'device-2', deviceName: 'PC-2', outcome: 'not', reason: 'blocked', at: null },
    ],
    next: 'PC-2 device-2',
  });

  expect(text).toBe(`Install → Lab: 3 computers

In the way: the package tools has lost its content.

It begins without a person, and is to be confirmed: it is for more than 2 computers.
  --confirm "Lab 3"

COMPUTERS  WHAT   WHY
2          later  its deadline has not come
1          not    the computer is blocked

DEVICE  WHAT   WHEN                  WHY
PC-1    later  2026-12-01 19:00 UTC  its deadline has not come
PC-2    not                          the computer is blocked

More: --after "PC-2 device-2"`);
});
