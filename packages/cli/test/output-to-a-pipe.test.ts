import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { expect, it } from 'vitest';

it('ends quietly where its reader has seen enough', async () => {
  const main = join(import.meta.dirname, '../src/main.ts');
  const line = 'set -o pipefail; "$0" "$1" deployment create --help | head -c 1';

  const { exitCode, stderr } = await run('bash', ['-c', line, process.execPath, main], { signal: AbortSignal.timeout(60_000) });

  expect([exitCode, stderr]).toEqual([0, '']);
});
