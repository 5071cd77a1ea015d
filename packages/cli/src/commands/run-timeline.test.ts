import type { StatusMessage } from '@ostler/contract';
import { expect, it } from 'vitest';
import { timelineOf, timelineText } from './run-timeline.ts';

type Told = readonly [
  kind: StatusMessage['kind'],
  atSeconds: number,
  path: readonly number[],
  stepName: string,
  changes?: Partial<StatusMessage>,
];

function messages(told: readonly Told[]): StatusMessage[] {
  return told.map(([kind, atSeconds, path, stepName, changes], index) => ({
    sequence: index + 1,
    at: new Date(Date.parse('2026-12-01T20:00:00Z') + atSeconds * 1000).toISOString(),
    kind,
    environment: 'boot-image',
    path: [...path],
    stepName,
    stepType: '',
    exitCode: null,
    durationMs: null,
    output: '',
    error: null,
    facts: {},
    ...changes,
  }));
}

it('shows each step with its beginning, its length and its end, and what came between', () => {
  const system = { environment: 'installed-os' } as const;
  const error = { code: 'STEP_FAILED', message: 'It ended with 5.', details: {} };
  const entries = timelineOf(
    messages([
      ['run-started', 0, [], ''],
      ['step-started', 1, [0], 'Disk'],
      ['note', 2, [0], 'Disk'],
      ['step-succeeded', 4, [0], 'Disk', { durationMs: 3000, exitCode: 0 }],
      ['step-skipped', 4, [1, 0], 'Only laptops', { output: 'Chassis has no value' }],
      ['step-started', 4, [1, 1], 'Setup'],
      ['restarting', 64, [1, 1], 'Setup'],
      ['resumed', 90, [1, 2], '', system],
      ['step-started', 91, [1, 2], 'Licence', system],
      ['step-failed', 92, [1, 2], 'Licence', { ...system, durationMs: 1000, exitCode: 5, error }],
      ['run-failed', 93, [], '', system],
    ]),
  );

  const lines = timelineText(entries)
    .split('\n')
    .map((line) => line.replaceAll(/ {2,}/g, '|'));
  expect(lines).toEqual([
    'AFTER|TOOK|IN|PLACE|STEP|RESULT',
    '0 s|boot image|run started',
    '1 s|3 s|boot image|1|Disk|succeeded|█',
    '4 s|boot image|2.1|Only laptops|skipped|Chassis has no value',
    `4 s|1 min 0 s|boot image|2.2|Setup|restarting|${'█'.repeat(20)}`,
    '1 min 4 s|boot image|2.2|Setup|restarting',
    '1 min 30 s|system|2.3|resumed',
    '1 min 31 s|1 s|system|2.3|Licence|failed, exit code 5|█|It ended with 5.',
    '1 min 33 s|system|run failed',
  ]);
});

it('the hours that a restart waits for a maintenance window are not those of its step', () => {
  const entries = timelineOf(
    messages([
      ['step-started', 0, [0], 'Update'],
      ['restart-waits', 60, [0], 'Update'],
      ['restarting', 36_000, [0], 'Update'],
    ]),
  );

  expect(entries.map(({ result, durationMs }) => [result, durationMs])).toEqual([
    ['restart waits', 60_000],
    ['restart waits', null],
    ['restarting', null],
  ]);
});

it('a step that has not ended goes on', () => {
  expect(timelineOf(messages([['step-started', 0, [0], 'Disk']]))).toMatchObject([{ result: 'goes on', durationMs: null }]);
});
