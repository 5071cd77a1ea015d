import { TaskSequenceDefinition, type TaskSequenceChange } from '@ostler/contract';
import { expect, it } from 'vitest';
import { diffTaskSequences } from '../index.ts';

const run = (name: string, commandLine = 'true', more: object = {}) => ({
  type: 'run-command-line',
  name,
  options: { commandLine },
  ...more,
});
const group = (name: string, steps: object[], more: object = {}) => ({ type: 'group', name, steps, ...more });
const sequence = (steps: object[], more: object = {}) => TaskSequenceDefinition.parse({ name: 'S', steps, ...more });

function changes(before: TaskSequenceDefinition, after: TaskSequenceDefinition): string[] {
  return diffTaskSequences(before, after).map(asLine);
}

function asLine({ kind, where, movedFrom, fields }: TaskSequenceChange): string {
  const values = fields.map(({ field, before, after }) => `${field}: ${before ?? '–'} → ${after ?? '–'}`);
  return [`${kind} ${where}`, ...(movedFrom === null ? [] : [`from ${movedFrom}`]), ...values].join(' | ');
}

it('two equal versions have no changes', () => {
  const definition = sequence([group('G', [run('a'), run('b')])]);

  expect(changes(definition, structuredClone(definition))).toEqual([]);
});

it('what changed is named by step and field, also for the sequence itself and a condition', () => {
  const before = sequence([group('G', [run('a', 'old')])], { variables: { A: '1' } });
  const condition = { variable: 'X', operator: 'equals', value: '1' };
  const after = sequence([group('G', [run('a', 'new', { condition, enabled: false })])], { description: 'd', variables: { B: '2' } });

  expect(changes(before, after)).toEqual([
    'changed  | description:  → d | variables.A: 1 → – | variables.B: – → 2',
    'changed G › a | enabled: true → false | options.commandLine: old → new | condition: – → X equals "1"',
  ]);
});

it('steps of the same name are told apart by their order, and one inserted in front moves nothing', () => {
  const before = sequence([run('a', '1'), run('b'), run('c')]);
  const after = sequence([run('new'), run('a', '1'), run('b'), run('c')]);

  expect(changes(before, after)).toEqual(['added new']);
});

it('one step that was dragged to another place is the only one that moved', () => {
  const before = sequence([run('a'), run('b'), run('c'), run('d')]);
  const after = sequence([run('d'), run('a'), run('b'), run('c')]);

  expect(changes(before, after)).toEqual(['moved d | from d']);
});

it('a step that went into another group moved there, with what changed on the way', () => {
  const before = sequence([group('G', [run('a'), run('b')]), group('H', [])]);
  const after = sequence([group('G', [run('a')]), group('H', [run('b', 'false')])]);

  expect(changes(before, after)).toEqual(['moved H › b | from G › b | options.commandLine: true → false']);
});

it('a group that was renamed is changed, and its steps are not', () => {
  const before = sequence([group('G', [run('a'), run('b')])]);
  const after = sequence([group('New name', [run('a'), run('b', 'false')])]);

  expect(changes(before, after)).toEqual([
    'changed New name | name: G → New name',
    'changed New name › b | options.commandLine: true → false',
  ]);
});

it('a group that was taken apart is removed and its steps moved', () => {
  const before = sequence([group('G', [run('a'), run('b')])]);
  const after = sequence([run('a'), run('c')]);

  expect(changes(before, after)).toEqual(['removed G', 'moved a | from G › a', 'removed G › b', 'added c']);
});

it('a secret value is never in a diff, but that it changed is', () => {
  const secret = (value: string) => ({ type: 'set-task-sequence-variable', name: 'v', options: { variable: 'PW', value, secret: true } });
  const text = JSON.stringify(diffTaskSequences(sequence([secret('hunter2')]), sequence([secret('swordfish')])));

  expect(text).not.toMatch(/hunter2|swordfish/);
  expect(text).toContain('options.value');
});

it('5,000 steps are compared in a moment, also when all have one name', () => {
  const many = (offset: number) =>
    sequence(Array.from({ length: 5000 }, (_none, index) => run('Run Command Line', `step ${index + offset}`)));
  const before = many(0);
  const after = many(1);

  const startedMs = performance.now();
  const found = diffTaskSequences(before, after);

  expect(performance.now() - startedMs).toBeLessThan(3000);
  expect(found.map(asLine)).toEqual(['moved Run Command Line | from Run Command Line | options.commandLine: step 0 → step 5000']);
});
