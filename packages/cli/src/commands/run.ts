/** Commands for runs: what happened on a computer. */
import { parseLogLine } from '@ostler/contract';
import { text, type ApiCommand } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { readText } from '../read-stream.ts';
import { messageLine, resumedText, stateText, stepText } from './status-text.ts';

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
            { title: 'STATE', value: stateText },
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
    help: 'Each line is an event: time, level, what happened, and the facts; "====" marks where steps begin. With --json each event is an object.',
    run: async (context, [id = '']) => {
      const log = await readText(context, 'runs.log', { id });
      const events = log.split('\n').flatMap((line) => parseLogLine(line) ?? []);
      context.output.result({ events, log }, () => log.trimEnd());
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
  {
    words: 'run pause',
    summary: 'Stop a run at the next safe point, between two steps, until it is resumed',
    arguments: ['<run>'],
    help: 'The time of a pause does not count as the run’s. The computer may be switched off meanwhile.',
    run: async ({ client, output, signal }, [id = '']) => {
      const run = await client.call('runs.pause', { params: { id } }, signal);
      output.result(run, () => `The run on ${run.deviceName} ${run.pause === 'paused' ? 'is paused' : 'pauses after the step it is at'}.`);
    },
  },
  {
    words: 'run resume',
    summary: 'Let a paused run go on, or a computer restart now that waits for its maintenance window',
    arguments: ['<run>'],
    help:
      'A run that began by itself on a computer in use restarts it inside of a maintenance window, unless its deployment allows more\n' +
      '(--restart-outside-windows); until then "ostler run list" says that it waits. Resumed, it restarts now, and waits no more.\n' +
      'One that is paused as well is resumed twice: the first time it waits on, and the answer says so.',
    run: async ({ client, output, signal }, [id = '']) => {
      const run = await client.call('runs.resume', { params: { id } }, signal);
      output.result(run, () => resumedText(run));
    },
  },
  {
    words: 'run restart',
    summary: 'Let a run that has ended go on, with its variables as they were',
    arguments: ['<run>'],
    options: { '--from <step>': 'a step’s or group’s name, or its place (2.1); without it, the step that failed' },
    help:
      'The computer goes on at its next network boot. A run that goes on in the installed system boots the network first,\n' +
      'where the agent is put on the disk again.',
    run: async ({ client, output, signal }, [id = ''], values) => {
      const run = await client.call('runs.restart', { params: { id }, body: { from: text(values, 'from') ?? null } }, signal);
      output.result(run, () => `The run goes on as soon as ${run.deviceName} boots from the network.`);
    },
  },
];
