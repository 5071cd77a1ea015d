/** Commands for task sequences. */
import { OstlerError } from '@ostler/contract';
import { text, type ApiCommand } from '../command.ts';
import { formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { generateCommand } from './task-sequence-generate.ts';
import { outlineText } from './task-sequence-text.ts';

export const taskSequenceCommands: readonly ApiCommand[] = [
  {
    words: 'task-sequence list',
    summary: 'List task sequences',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('taskSequences.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'NAME', value: ({ name }) => name },
            { title: 'VERSION', value: ({ version }) => version },
            { title: 'SAVED BY', value: ({ savedBy }) => savedBy },
            { title: 'SAVED', value: ({ savedAt }) => savedAt },
            { title: 'COMMENT', value: ({ comment }) => comment },
          ],
          'There are no task sequences. Make one with: ostler task-sequence generate',
        ),
      );
    },
  },
  {
    words: 'task-sequence show',
    summary: 'Show the groups and steps of a task sequence',
    arguments: ['<task-sequence>'],
    options: { '--version <n>': 'an older version' },
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'task sequence', name);
      const found = await context.client.call(
        'taskSequences.get',
        { params: { id }, query: { version: text(values, 'version') } },
        context.signal,
      );
      context.output.result(found, () => outlineText(found));
    },
  },
  generateCommand,
  {
    words: 'task-sequence run',
    summary: 'Show what would run on a computer, and why (with --dry-run)',
    arguments: ['<task-sequence>', '<device>'],
    options: { '--dry-run': 'only show it; nothing runs', '--version <n>': 'an older version of the task sequence' },
    help: 'To run it for real, deploy it: ostler deployment create. Each step is taken to succeed; what depends on the run itself is unknown until then.',
    run: async (context, [name = '', device = ''], values) => {
      if (values['dryRun'] !== true) throw new OstlerError('BAD_REQUEST', { problem: 'give --dry-run; to run it for real, deploy it' });
      const id = await resolveId(context, 'task sequence', name);
      const version = text(values, 'version');
      const body = { deviceId: await resolveId(context, 'device', device), version: version === undefined ? null : Number(version) };
      const { steps } = await context.client.call('taskSequences.dryRun', { params: { id }, body }, context.signal);
      context.output.result(steps, () =>
        formatTable(
          steps,
          [
            { title: 'PLACE', value: ({ path }) => path.map((index) => index + 1).join('.') },
            { title: 'STEP', value: ({ name: step, path }) => `${'  '.repeat(path.length - 1)}${step}` },
            { title: 'VERDICT', value: ({ verdict }) => verdict },
            { title: 'WHY', value: ({ reason }) => reason },
          ],
          'The task sequence has no steps.',
        ),
      );
    },
  },
  {
    words: 'task-sequence delete',
    summary: 'Delete a task sequence that nothing deploys',
    arguments: ['<task-sequence>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'task sequence', name);
      await context.client.call('taskSequences.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The task sequence ${name} is deleted.`);
    },
  },
];
