/** Commands for applications. */
import { parseApplication } from '@ostler/task-sequence';
import type { ApiCommand } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { readTextFile } from '../read-text-file.ts';
import { resolveId } from '../resolve.ts';

const example = `The file is YAML or JSON:

  name: Editor
  version: "2.1"
  packageId: package-…            # ostler package list
  detection: { software: editor, version: { operator: greaterEqual, value: "2.1" } }
  dependencies: [application-…]
  supersedes: [{ applicationId: application-…, uninstall: true }]`;

export const applicationCommands: readonly ApiCommand[] = [
  {
    words: 'application list',
    summary: 'List applications',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('applications.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'NAME', value: ({ name }) => name },
            { title: 'VERSION', value: ({ version }) => version },
            { title: 'PACKAGE', value: ({ packageId }) => packageId },
            { title: 'DEPENDS ON', value: ({ dependencies }) => dependencies.join(' ') },
            { title: 'CHANGED', value: ({ updatedAt }) => updatedAt },
          ],
          'There are no applications. Make one with: ostler application create FILE',
        ),
      );
    },
  },
  {
    words: 'application show',
    summary: 'Show an application',
    arguments: ['<application>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'application', name);
      const found = await context.client.call('applications.get', { params: { id } }, context.signal);
      context.output.result(found, () => formatFacts(found));
    },
  },
  {
    words: 'application create',
    summary: 'Make an application of a package, with what detects it, what it needs and what it replaces',
    arguments: ['<file>'],
    help: example,
    run: async ({ client, output, signal }, [file = '']) => {
      const made = await client.call('applications.create', { body: parseApplication(await readTextFile(file)) }, signal);
      output.result(made, () => `Application ${made.name}: ${made.id}.`);
    },
  },
  {
    words: 'application update',
    summary: 'Change an application',
    arguments: ['<application>', '<file>'],
    help: example,
    run: async (context, [name = '', file = '']) => {
      const id = await resolveId(context, 'application', name);
      const body = parseApplication(await readTextFile(file));
      const changed = await context.client.call('applications.update', { params: { id }, body }, context.signal);
      context.output.result(changed, () => `Application ${changed.name} is changed.`);
    },
  },
  {
    words: 'application delete',
    summary: 'Delete an application that nothing uses',
    arguments: ['<application>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'application', name);
      await context.client.call('applications.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The application ${name} is deleted.`);
    },
  },
];
