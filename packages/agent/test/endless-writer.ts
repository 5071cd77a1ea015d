/** Writes a journal again and again until it is killed: the other side of journal-power-cut.test.ts. */
import { EngineState } from '@ostler/contract';
import { writeJournal } from '../src/journal.ts';

const [, , directory = ''] = process.argv;
const now = new Date(0).toISOString();
for (let revision = 1; ; revision += 1) {
  const state = EngineState.parse({
    revision,
    startedAt: now,
    cursor: [revision % 7],
    cursorState: 'started',
    attempts: 0,
    environment: 'boot-image',
    plannedRestart: false,
    heldRestart: null,
    unexpectedRestarts: 0,
    variables: { Padding: { value: String(revision).repeat(500) } },
    outcomes: [],
    result: null,
    failure: null,
  });
  await writeJournal(directory, 'run-1', state);
}
