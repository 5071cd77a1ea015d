import type { ReportResult } from '@ostler/contract';
import { expect, it } from 'vitest';
import { readParameters, reportCsv, reportText } from './report.ts';

const result: ReportResult = {
  name: 'trend',
  title: 'How it goes',
  columns: [
    { key: 'device', title: 'DEVICE', unit: 'text' },
    { key: 'tookMs', title: 'TOOK', unit: 'ms' },
    { key: 'share', title: 'SHARE', unit: 'share' },
    { key: 'at', title: 'AT', unit: 'time' },
  ],
  rows: [
    { device: 'PC-1', tookMs: 61_000, share: 0.975, at: '2026-12-01T20:00:00.000Z' },
    { device: ' =cmd|"x"', tookMs: null, share: 0, at: null },
  ],
  more: true,
};

it('is a table for people, with durations, shares and times in words', () => {
  expect(reportText(result)).toBe(`How it goes

DEVICE     TOOK       SHARE   AT
PC-1       1 min 1 s  97.5 %  2026-12-01 20:00:00
 =cmd|"x"  –          0.0 %   –

There are more rows: --limit N`);
});

it('is plain values for a spreadsheet, none of which is a formula there', () => {
  expect(reportCsv(result)).toBe(['DEVICE,TOOK,SHARE,AT', 'PC-1,61000,0.975,2026-12-01T20:00:00.000Z', '"\' =cmd|""x""",,0,'].join('\r\n'));
});

it('takes parameters as words, and says which there are', () => {
  expect(readParameters(['deployment=A=B', 'state=failed'])).toEqual({ deployment: 'A=B', state: 'failed' });
  expect(() => readParameters(['colour=red'])).toThrow(/deployment, taskSequence/);
  expect(() => readParameters(['deployment'])).toThrow(/PARAMETER=VALUE/);
});
