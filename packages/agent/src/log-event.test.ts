import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseLogLine } from '@ostler/contract';
import { temporaryDirectory } from '@ostler/testkit';
import type { EngineEvent } from '@ostler/task-sequence';
import { expect, test } from 'vitest';
import { logEvent } from './log-event.ts';
import { RunLog } from './log.ts';

const begun: EngineEvent = {
  kind: 'step-started',
  path: [0],
  stepName: 'Join the domain',
  stepType: 'join-domain-or-workgroup',
  stepNumber: 3,
  stepCount: 7,
  exitCode: null,
  durationMs: null,
  output: '',
  error: null,
  facts: {},
};
const error = { code: 'COMMAND_FAILED', message: 'realm ended with 1, password hunter22', details: {} };

test('the log has a line an event: steps stand out, secrets are masked, and a program reads what people read', async () => {
  await using folder = await temporaryDirectory();
  const log = new RunLog(() => new Date('2026-11-22T10:00:00Z'));
  log.openFile(join(folder.path, 'run.log'));
  log.useMask((text) => text.replaceAll('hunter22', '********'));

  logEvent(begun, log);
  logEvent({ ...begun, kind: 'step-failed', exitCode: 1, durationMs: 1500, output: 'one\ntwo', error }, log);

  const lines = (await readFile(join(folder.path, 'run.log'), 'utf8')).trimEnd().split('\n');
  expect(lines[0]).toBe('2026-11-22T10:00:00.000Z INFO  ==== step begins step="Join the domain" number=3/7 type=join-domain-or-workgroup');
  expect(lines).toHaveLength(2);
  expect(parseLogLine(lines[1] ?? '')).toMatchObject({
    level: 'error',
    message: 'step failed',
    fields: { exitCode: 1, durationMs: 1500, output: 'one\ntwo', code: 'COMMAND_FAILED', error: 'realm ended with 1, password ********' },
  });
});
