import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLogLine, parseLogLine, type LogLine } from './log-line.ts';

const at = '2026-11-22T10:00:00.000Z';

describe('a line of the log', () => {
  it('is a sentence with its facts behind it', () => {
    const fields = { step: 'Apply image', number: '3/7', exitCode: 0, nothing: undefined };

    expect(formatLogLine({ at, level: 'info', message: 'step begins', fields })).toBe(
      `${at} INFO  step begins step="Apply image" number=3/7 exitCode=0`,
    );
  });

  it('reads back as it was, whatever is in its facts', () => {
    const name = fc.stringMatching(/^[a-zA-Z]\w{0,10}$/).filter((each) => each !== '__proto__');
    const line: fc.Arbitrary<LogLine> = fc.record({
      at: fc.constant(at),
      level: fc.constantFrom('info', 'warn', 'error'),
      message: fc.constantFrom('step begins', 'the server could not be informed', '======== the run begins'),
      fields: fc.dictionary(name, fc.jsonValue()),
    });

    fc.assert(
      fc.property(line, (each) => {
        expect(parseLogLine(formatLogLine(each))).toEqual(JSON.parse(JSON.stringify(each)));
      }),
    );
  });

  it('is on one line, and what is no line of the log is told apart', () => {
    expect(formatLogLine({ at, level: 'warn', message: 'x', fields: { output: 'a\nb' } })).not.toContain('\n');
    expect(parseLogLine('    at main.ts:3')).toBeNull();
  });
});
