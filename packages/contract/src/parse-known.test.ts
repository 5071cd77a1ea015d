import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createClient } from './client.ts';
import { HelloAnswer, JournalAnswer } from './nouns/agent.ts';
import { EngineState } from './nouns/run.ts';
import { TaskSequenceDefinition } from './nouns/task-sequence.ts';
import { parseKnown } from './parse-known.ts';

const later = { addedLater: { any: ['thing'] } };
const wishes = { revision: 3, cancelRequested: false, pauseRequested: false, restartHold: null, debugOrders: [] };
const variable = { variable: 'Kind', operator: 'equals', value: 'laptop' };

describe('what a later version says', () => {
  test('is read without what this version does not know, at the top, in lists, in steps and in their conditions', () => {
    const step = (more: object, condition: object) => ({
      type: 'run-command-line',
      name: 'Say',
      options: { commandLine: 'true', ...more },
      condition: { all: [{ any: [{ ...variable, ...condition }] }], ...condition },
      ...more,
    });
    const sequence = (more: object) => ({
      name: 'Install',
      steps: [{ type: 'group', name: 'Software', steps: [step(more, more)], ...more }],
      ...more,
    });

    expect(parseKnown(TaskSequenceDefinition, sequence(later))).toEqual(TaskSequenceDefinition.parse(sequence({})));
    expect(parseKnown(JournalAnswer, { ...wishes, restartHold: { until: null, ...later }, ...later })).toEqual({
      ...wishes,
      restartHold: { until: null },
    });
  });

  test('is read as the same kind of answer', () => {
    const ready = { state: 'ready', deviceId: 'device-1', deviceName: 'PC-1', key: 'key', runId: null, menu: [], siteName: 'Site' };

    expect(parseKnown(HelloAnswer, { ...ready, ...later })).toEqual(ready);
  });

  test('keeps what has no fixed names: a variable is a variable, a sealed one stays sealed', () => {
    const state = {
      revision: 1,
      startedAt: new Date(0).toISOString(),
      cursor: [0],
      cursorState: 'ready',
      attempts: 0,
      environment: 'boot-image',
      plannedRestart: false,
      unexpectedRestarts: 0,
      variables: { addedLater: { value: 'a' }, Secret: { sealed: 'b', ...later } },
      outcomes: [],
      result: null,
      failure: null,
      ...later,
    };

    expect(parseKnown(EngineState, state).variables).toEqual({ addedLater: { value: 'a' }, Secret: { sealed: 'b' } });
  });

  test('is taken for the kind that knows the most of it', () => {
    const kinds = z.union([z.strictObject({ a: z.string().optional() }), z.strictObject({ b: z.string(), c: z.string() })]);

    expect(parseKnown(kinds, { b: 'x', c: 'y', ...later })).toEqual({ b: 'x', c: 'y' });
  });

  test.each([
    ['lacks what this version needs', { ...wishes, ...later, revision: undefined }],
    ['says it in another way', { ...wishes, ...later, pauseRequested: 'soon' }],
    ['says it of a kind that this version does not know', { ...wishes, ...later, debugOrders: [{ number: 1, command: 'rewind' }] }],
  ])('is refused where it %s', (_why, answer) => {
    expect(() => parseKnown(JournalAnswer, answer)).toThrow(z.ZodError);
  });
});

test('a client of before an update reads the answers of the site of after it', async () => {
  const answer = { status: 200, text: () => Promise.resolve(JSON.stringify({ key: 'key-2', ...later })) };
  const client = createClient({ serverUrl: 'https://site', token: null, fetch: () => Promise.resolve(answer) });
  const request = { params: { id: 'run-1' }, body: { proof: 'proof' } };

  expect(await client.call('agent.retry', request, AbortSignal.timeout(1000))).toEqual({ key: 'key-2' });
});
