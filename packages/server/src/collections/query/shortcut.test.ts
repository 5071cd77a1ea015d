import { Environment } from '@marcbachmann/cel-js';
import { unknownHardware, unknownSystem, type QueriedDevice } from '@ostler/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createQueryLanguage } from './query-language.ts';
import { shortcutOf } from './shortcut.ts';

const language = createQueryLanguage();
const now = new Date('2026-11-27T12:00:00Z');

/** So few that queries often hold. */
const word = fc.constantFrom('', 'a', 'ab', 'Bern', '2026');
const text = fc.constantFrom('name', 'hardware.model', 'hardware.firmware.kind', 'variables.Site', 'variables["site"]', 'lastRun.state');
const number = fc.constantFrom('hardware.memoryBytes', 'hardware.processor.threadCount');
const flag = fc.constantFrom('hardware.chassis.portable', 'hardware.virtualMachine.virtual');
const list = fc.constantFrom('tags', 'users', 'macAddresses', 'hardware.pciIds');
const order = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
const quoted = word.map((each) => JSON.stringify(each));

const comparison = fc.oneof(
  fc.tuple(text, order, quoted).map((words) => words.join(' ')),
  fc.tuple(number, order, fc.constantFrom('0', '3', '4', '17179869184', '9007199254740991')).map((words) => words.join(' ')),
  fc.tuple(number, fc.constantFrom('<', '<=', '>', '>='), fc.constantFrom('3.5', '4.0')).map((words) => words.join(' ')),
  fc.tuple(flag, order, fc.constantFrom('true', 'false')).map((words) => words.join(' ')),
  fc.tuple(quoted, list).map(([value, of]) => `${value} in ${of}`),
  fc.tuple(text, fc.array(quoted, { minLength: 1, maxLength: 3 })).map(([of, values]) => `${of} in [${values.join(', ')}]`),
  fc.tuple(text, fc.constantFrom('startsWith', 'endsWith', 'contains'), quoted).map(([of, method, value]) => `${of}.${method}(${value})`),
  fc.tuple(text, fc.constantFrom('^a', 'b$', '[ab]+', '^$')).map(([of, pattern]) => `${of}.matches("${pattern}")`),
  flag,
);
const { query } = fc.letrec<{ readonly query: string }>((tie) => ({
  query: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparison,
    tie('query').map((inner) => `!(${inner})`),
    fc.tuple(tie('query'), fc.constantFrom('&&', '||'), tie('query')).map(([left, operator, right]) => `(${left} ${operator} ${right})`),
  ),
}));

/** What an agent of another version may have left out is undefined. */
const orMissing = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T> => fc.oneof({ weight: 9, arbitrary: value }, fc.constant(undefined as T));
const device = fc
  .record({
    name: word,
    tags: fc.array(word, { maxLength: 2 }),
    model: orMissing(word),
    memoryBytes: fc.constantFrom(0, 3, 3.5, 4, 17_179_869_184),
    threadCount: orMissing(fc.constantFrom(0, 3, 4)),
    portable: orMissing(fc.boolean()),
    pciIds: orMissing(fc.array(word, { maxLength: 2 })),
    variables: fc.dictionary(fc.constantFrom('Site', 'Room'), word),
  })
  .map(({ name, tags, variables, portable, threadCount, ...hardware }): QueriedDevice => {
    const times = { createdAt: '2026-11-01T00:00:00.000Z', lastSeenAt: null, reportedAt: null };
    return {
      id: 'device-1',
      name,
      state: 'approved',
      tags,
      users: tags,
      macAddresses: ['a'],
      smbiosUuid: '',
      ...times,
      hardware: {
        ...unknownHardware,
        ...hardware,
        chassis: { type: 3, portable },
        processor: { ...unknownHardware.processor, threadCount },
      },
      operatingSystem: unknownSystem,
      lastRun: { state: '', deploymentId: '', taskSequenceId: '', taskSequenceName: '', startedAt: null, endedAt: null },
      variables,
    };
  });

it('answers of every device what the interpreter answers', () => {
  fc.assert(
    fc.property(query, fc.array(device, { minLength: 1, maxLength: 5 }), (asked, devices) => {
      const quick = language.compile(asked);
      // A call of a function is the interpreter's, and what it is joined with is too.
      const interpreted = language.compile(`(${asked}) && size("") == 0`);
      for (const each of devices) expect(quick(language.subject(each, now))).toEqual(interpreted(language.subject(each, now)));
    }),
    { numRuns: 500 },
  );
});

it('is taken for what fleets ask most, and left to the interpreter for the rest', () => {
  const places = new Map<string, number>();
  const isShort = (asked: string): boolean => shortcutOf(new Environment().parse(asked).ast, places) !== null;

  fc.assert(fc.property(query, isShort));
  const others = [
    'size(name) > 3',
    'name == hardware.model',
    'lastSeenAt < now',
    'tags.exists(tag, tag == "a")',
    'hardware.memoryBytes * 2 > 5',
  ];
  expect(others.filter(isShort)).toEqual([]);
});
