import { TaskSequenceDefinition } from '@ostler/contract';
import { expect, test } from 'vitest';
import { expandChildren } from './child-sequences.ts';
import { diffTaskSequences } from './diff/index.ts';
import { dryRun } from './dry-run.ts';
import { taskSequenceWarnings, validateTaskSequence } from './validate.ts';
import { formatTaskSequence, parseTaskSequence } from './yaml.ts';

const sequence = (changes: object): TaskSequenceDefinition => TaskSequenceDefinition.parse({ name: 'Greet', steps: [], ...changes });
const nothing = { imageIndexes: () => undefined, hasPackage: () => false, hasApplication: () => false };
const echo = { type: 'run-command-line', name: 'Say', options: { commandLine: 'echo %Room%' } };

test('questions survive YAML without their defaults, and a change of one is one line of a diff', () => {
  const before = sequence({ ask: { Room: {}, AdminPassword: { secret: true } } });
  const after = sequence({ ask: { Room: { prompt: 'Which one' }, AdminPassword: { secret: true } } });
  const text = formatTaskSequence(before);

  expect(text).toBe('name: Greet\nask:\n  Room: {}\n  AdminPassword:\n    secret: true\nsteps: []\n');
  expect(parseTaskSequence(text)).toEqual(before);
  expect(diffTaskSequences(before, after).flatMap(({ fields }) => fields.map(({ field }) => field))).toEqual(['ask.Room']);
});

test('validation knows a variable that is asked for, and refuses to ask for one of the engine’s', () => {
  expect(taskSequenceWarnings(sequence({ ask: { Room: {} }, steps: [echo] }), nothing)).toEqual([]);
  expect(taskSequenceWarnings(sequence({ steps: [echo] }), nothing)).toHaveLength(1);
  expect(validateTaskSequence(sequence({ ask: { _SMSTSMake: {} } }), nothing)).toHaveLength(1);
});

test('the questions of a child are asked before the parent runs, unless the parent asks for the same its own way', () => {
  const child = sequence({ name: 'Child', ask: { room: { prompt: 'child' }, Floor: { prompt: 'child' } } });
  const run = { type: 'run-task-sequence', name: 'Child', options: { taskSequenceId: 'sequence-child' } };
  const parent = sequence({ ask: { Room: { prompt: 'parent' } }, steps: [run] });

  const { ask } = expandChildren(parent, () => child, null).definition;

  expect(Object.entries(ask).map(([name, { prompt }]) => `${name} ${prompt}`)).toEqual(['Room parent', 'Floor child']);
});

test('what depends on an answer is unknown before the run', () => {
  const condition = { variable: 'Room', operator: 'equals', value: '42' };
  const variables = [{ name: 'Room', value: '', secret: false }];

  const [step] = dryRun(sequence({ steps: [{ ...echo, condition }] }), { variables, asked: ['Room'], device: null });

  expect(step).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('it is asked for at the computer') });
});
