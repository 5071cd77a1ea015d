import { OstlerError } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatError, formatFacts, formatTable, progressLine } from './output.ts';
import { parseEvent } from './read-stream.ts';

describe('what the command line prints', () => {
  it('is a table with aligned columns', () => {
    const columns = [
      { title: 'ID', value: ({ id }: { id: string; name: string | null }) => id },
      { title: 'NAME', value: ({ name }: { id: string; name: string | null }) => name },
    ];

    expect(
      formatTable(
        [
          { id: 'a', name: 'long name' },
          { id: 'bcd', name: null },
        ],
        columns,
        'none',
      ),
    ).toBe('ID   NAME\na    long name\nbcd  –');
    expect(formatTable([], columns, 'There is nothing.')).toBe('There is nothing.');
  });

  it('is a fact a line, with a dash for what is not there', () => {
    expect(formatFacts({ mode: 'proxy', lastError: null, at: [1] })).toBe('mode       proxy\nlastError  –\nat         [1]');
  });

  it('says how far something is and how long it will take', () => {
    const progress = { activity: 'Hashing', done: 2 ** 30, total: 4 * 2 ** 30, unit: 'bytes' as const };

    expect(progressLine('win.wim', progress, 10_000)).toBe('win.wim: Hashing  25 %  1 GiB of 4 GiB, about 30 s left');
    expect(progressLine('win.wim', { ...progress, total: null }, 10_000)).toBe('win.wim: Hashing  1 GiB');
  });

  it.each([
    [999, '1 s'],
    [61_000, '1 min 1 s'],
    [3_660_000, '1 h 1 min'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('gives the hint below the error', () => {
    expect(formatError(new OstlerError('NO_SITE', {}))).toMatch(/^Error: No site is known here\.\n {2}Run `ostler login/);
  });
});

describe('server-sent events', () => {
  it('are read with their name and data; comments are not events', () => {
    expect(parseEvent('event: status\ndata: {"a":1}')).toEqual({ event: 'status', data: { a: 1 } });
    expect(parseEvent(': still here')).toBeNull();
  });
});
