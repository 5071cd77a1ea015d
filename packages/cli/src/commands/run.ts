/** Commands for runs: what happened on a computer. */
import type { ApiCommand } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { readText } from '../read-stream.ts';
import { messageLine, stepText } from './status-text.ts';

export const runCommands: readonly ApiCommand[] = [
  {
    words: 'run list',
    summary: 'List runs, newest first',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('runs.list', { query: {} }, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'DEVICE', value: ({ deviceName }) => deviceName },
            { title: 'TASK SEQUENCE', value: ({ taskSequenceName, taskSequenceVersion }) => `${taskSequenceName} v${taskSequenceVersion}` },
            { title: 'STATE', value: ({ state }) => state },
            { title: 'STEP', value: stepText },
            { title: 'STARTED', value: ({ startedAt }) => startedAt },
          ],
          'Nothing has run yet.',
        ),
      );
    },
  },
  {
    words: 'run show',
    summary: 'Show a run with its status messages',
    arguments: ['<run>'],
    run: async ({ client, output, signal }, [id = '']) => {
      const run = await client.call('runs.get', { params: { id } }, signal);
      const { items } = await client.call('runs.messages', { params: { id }, query: {} }, signal);
      const { step: _step, failure, ...facts } = run;
      const ending = failure
        ? `\n\nFailed in "${failure.stepName}": ${failure.error.message}${failure.error.hint ? `\n  ${failure.error.hint}` : ''}`
        : '';
      output.result({ run, messages: items }, () => `${formatFacts(facts)}\n\n${items.map(messageLine).join('\n')}${ending}`);
    },
  },
  {
    words: 'run log',
    summary: 'Print the log that the agent wrote',
    arguments: ['<run>'],
    run: async (context, [id = '']) => {
      const log = await readText(context, 'runs.log', { id });
      context.output.result({ log }, () => log.trimEnd());
    },
  },
  {
    words: 'run cancel',
    summary: 'End a run at the next safe point',
    arguments: ['<run>'],
    run: async ({ client, output, signal }, [id = '']) => {
      const run = await client.call('runs.cancel', { params: { id } }, signal);
      output.result(run, () => `The run on ${run.deviceName} is ${run.state === 'running' ? 'being cancelled' : run.state}.`);
    },
  },
];
