import { pipeOstler } from '@ostler/testkit';
import { expect, it } from 'vitest';

it('ends quietly where its reader has seen enough', async () => {
  const { exitCode, stderr } = await pipeOstler(['deployment', 'create', '--help'], 'head -c 1', AbortSignal.timeout(60_000));

  expect([exitCode, stderr]).toEqual([0, '']);
});
