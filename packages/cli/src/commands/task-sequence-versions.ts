/** Commands for the versions of a task sequence. */
import { diffTaskSequences, parseTaskSequence } from '@ostler/task-sequence';
import { text, type ApiCommand } from '../command.ts';
import { formatTable } from '../output.ts';
import { readTextFile } from '../read-text-file.ts';
import { resolveId } from '../resolve.ts';
import { changesText } from './task-sequence-text.ts';

export const taskSequenceVersionCommands: readonly ApiCommand[] = [
  {
    words: 'task-sequence history',
    summary: 'List the versions of a task sequence, newest first',
    arguments: ['<task-sequence>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'task sequence', name);
      const { items } = await context.client.call('taskSequences.versions', { params: { id } }, context.signal);
      context.output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'VERSION', value: ({ version }) => version },
            { title: 'SAVED', value: ({ savedAt }) => savedAt },
            { title: 'BY', value: ({ savedBy }) => savedBy },
            { title: 'COMMENT', value: ({ comment }) => comment },
          ],
          'There are no versions.',
        ),
      );
    },
  },
  {
    words: 'task-sequence diff',
    summary: 'Show what changed between two versions, step by step',
    arguments: ['<task-sequence>'],
    options: {
      '--from <n>': 'the older version (default: the one before)',
      '--to <n>': 'the newer version (default: the newest)',
      '--file <file>': 'compare the newest version, or --from, with a file instead',
    },
    help: `+ added   - removed   > moved   ~ changed

  ostler task-sequence diff Install                     # what the last save changed
  ostler task-sequence diff Install --from 3 --to 7
  ostler task-sequence diff Install --file install.yaml # what an update from this file would change`,
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'task sequence', name);
      const [from, to, file] = [text(values, 'from'), text(values, 'to'), text(values, 'file')];
      if (file === undefined) {
        const found = await context.client.call('taskSequences.diff', { params: { id }, query: { from, to } }, context.signal);
        context.output.result(found, () => changesText(found.changes));
        return;
      }
      const { definition } = await context.client.call('taskSequences.get', { params: { id }, query: { version: from } }, context.signal);
      const changes = diffTaskSequences(definition, parseTaskSequence(await readTextFile(file)));
      context.output.result({ changes }, () => changesText(changes));
    },
  },
  {
    words: 'task-sequence rollback',
    summary: 'Save a new version that is equal to an older one',
    arguments: ['<task-sequence>', '<version>'],
    options: { '--comment <text>': 'why (default: which version it is taken from)' },
    run: async (context, [name = '', version = ''], values) => {
      const id = await resolveId(context, 'task sequence', name);
      const body = { version: Number(version), comment: text(values, 'comment') };
      const saved = await context.client.call('taskSequences.rollBack', { params: { id }, body }, context.signal);
      context.output.result(saved, () => `Task sequence ${saved.name}: version ${saved.version} is equal to version ${version}.`);
    },
  },
];
