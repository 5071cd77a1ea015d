import { OstlerError } from '@ostler/contract';
import { expect, it } from 'vitest';
import { run, start } from './run.ts';

const { signal } = new AbortController();

async function refusal(work: Promise<unknown>): Promise<OstlerError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof OstlerError) return error;
  throw new Error('It was not refused.', { cause: error });
}

it.each([
  ['word', () => run('echo', ['the secret\0word'], { signal })],
  ['variable', () => run('echo', [], { signal, env: { WORD: 'the secret\0word' } })],
  ['word of a program that goes on running', () => start('sleep', ['the secret\0word'], {})],
])('a %s with a NUL is refused, and not shown', async (_what, begin) => {
  const error = await refusal(begin());

  expect(error.code).toBe('COMMAND_WORD_INVALID');
  expect(`${error.stack ?? ''}${JSON.stringify(error)}`).not.toContain('secret');
});

it('a failure shows the last whole lines of what the program said', async () => {
  const error = await refusal(run('sh', ['-c', 'seq -f "line %g of the output" 1 500 >&2; exit 3'], { signal }));

  expect(error.code).toBe('COMMAND_FAILED');
  expect(error.message).toMatch(/exit code 3: line \d+ of the output\nline /);
  expect(error.message).toContain('line 500 of the output');
});
