/** Commands for task sequences. */
import { GenerateTaskSequence, OstlerError } from '@ostler/contract';
import { text, texts, type ApiCommand } from '../command.ts';
import { formatTable } from '../output.ts';
import { readTextFile } from '../read-text-file.ts';
import { resolveId } from '../resolve.ts';
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
  {
    words: 'task-sequence generate',
    summary: 'Make a task sequence from a template; edit it with export and update',
    arguments: ['<name>'],
    options: {
      '--image <image>': 'the operating system image to install',
      '--index <n>': ['which index of the image', '1'],
      '--template <name>': ['install-existing-image or build-and-capture', 'install-existing-image'],
      '--package <package...>': 'packages to install',
      '--captured-image <name>': 'build-and-capture: the name of the image that comes out',
      '--time-zone <zone>': 'for example Europe/Berlin',
      '--locale <locale>': 'for example de_DE.UTF-8',
      '--administrator <name>': 'the administrator’s account (default: root)',
      '--ssh-key <file...>': 'public keys that may sign in as the administrator',
    },
    run: async (context, [name = ''], values) => {
      const body = GenerateTaskSequence.parse({
        template: text(values, 'template'),
        name,
        imageId: await resolveId(context, 'image', text(values, 'image') ?? ''),
        imageIndex: Number(text(values, 'index')),
        packageIds: await Promise.all(texts(values, 'package').map((each) => resolveId(context, 'package', each))),
        capturedImageName: text(values, 'capturedImage'),
        timeZone: text(values, 'timeZone'),
        locale: text(values, 'locale'),
        administratorName: text(values, 'administrator'),
        sshAuthorizedKeys: await Promise.all(texts(values, 'sshKey').map(async (file) => (await readTextFile(file)).trim())),
      });
      const made = await context.client.call('taskSequences.generate', { body }, context.signal);
      context.output.result(made, () => `Task sequence ${made.name}: ${made.id}, version ${made.version}.`);
    },
  },
  {
    words: 'task-sequence run',
    summary: 'Show what would run on a computer, and why (with --dry)',
    arguments: ['<task-sequence>', '<device>'],
    options: { '--dry': 'only show it; nothing runs', '--version <n>': 'an older version of the task sequence' },
    help: 'To run it for real, deploy it: ostler deployment create. Each step is taken to succeed; what depends on the run itself is unknown until then.',
    run: async (context, [name = '', device = ''], values) => {
      if (values['dry'] !== true) throw new OstlerError('BAD_REQUEST', { problem: 'give --dry; to run it for real, deploy it' });
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
