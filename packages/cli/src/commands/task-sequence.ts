/** Commands for task sequences. */
import { writeFile } from 'node:fs/promises';
import { GenerateTaskSequence } from '@ostler/contract';
import { formatTaskSequence, parseTaskSequence } from '@ostler/task-sequence';
import { text, texts, type ApiCommand } from '../command.ts';
import { formatTable } from '../output.ts';
import { readTextFile } from '../read-text-file.ts';
import { resolveId } from '../resolve.ts';

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
          ],
          'There are no task sequences. Make one with: ostler task-sequence create',
        ),
      );
    },
  },
  {
    words: 'task-sequence create',
    summary: 'Make a task sequence from a template; edit it with export and import',
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
    words: 'task-sequence export',
    summary: 'Write a task sequence as YAML',
    arguments: ['<task-sequence>', '[file]'],
    options: { '--version <n>': 'an older version' },
    run: async (context, [name = '', file], values) => {
      const id = await resolveId(context, 'task sequence', name);
      const { definition } = await context.client.call(
        'taskSequences.get',
        { params: { id }, query: { version: text(values, 'version') } },
        context.signal,
      );
      const yaml = formatTaskSequence(definition);
      if (file === undefined) context.output.result(definition, () => yaml.trimEnd());
      else await writeFile(file, yaml);
    },
  },
  {
    words: 'task-sequence import',
    summary: 'Save a task sequence from a YAML or JSON file: new, or a new version of the one with its name',
    arguments: ['<file>'],
    run: async (context, [file = '']) => {
      const definition = parseTaskSequence(await readTextFile(file));
      const { items } = await context.client.call('taskSequences.list', {}, context.signal);
      const existing = items.find(({ name }) => name === definition.name);
      const saved =
        existing === undefined
          ? await context.client.call('taskSequences.create', { query: {}, body: definition }, context.signal)
          : await context.client.call('taskSequences.update', { params: { id: existing.id }, query: {}, body: definition }, context.signal);
      context.output.result(saved, () => `Task sequence ${saved.name}: ${saved.id}, version ${saved.version}.`);
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
