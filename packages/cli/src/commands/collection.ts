/** Commands for collections. */
import { text, type ApiCommand } from '../command.ts';
import { formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { deviceTable } from './device.ts';
import { variableCommands } from './variable.ts';

const memberCommands: readonly ApiCommand[] = [
  {
    words: 'collection list',
    summary: 'List collections',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('collections.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'NAME', value: ({ name }) => name },
            { title: 'MEMBERS', value: ({ memberCount }) => memberCount },
            { title: 'PRIORITY', value: ({ priority }) => priority },
          ],
          'There are no collections.',
        ),
      );
    },
  },
  {
    words: 'collection create',
    summary: 'Make a collection',
    arguments: ['<name>'],
    options: { '--priority <n>': ['whose variables win: 1 to 9, higher wins', '1'] },
    run: async ({ client, output, signal }, [name = ''], values) => {
      const made = await client.call('collections.create', { body: { name, priority: Number(text(values, 'priority')) } }, signal);
      output.result(made, () => `Collection ${made.name}: ${made.id}.`);
    },
  },
  {
    words: 'collection delete',
    summary: 'Delete a collection that nothing is deployed to',
    arguments: ['<collection>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'collection', name);
      await context.client.call('collections.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The collection ${name} is deleted.`);
    },
  },
  {
    words: 'collection members',
    summary: 'List the computers of a collection',
    arguments: ['<collection>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'collection', name);
      const { items } = await context.client.call('collections.members', { params: { id } }, context.signal);
      context.output.result(items, () => deviceTable(items));
    },
  },
  ...(['add', 'remove'] as const).map((verb): ApiCommand => ({
    words: `collection ${verb}`,
    summary: verb === 'add' ? 'Add computers to a collection' : 'Take computers out of a collection',
    arguments: ['<collection>', '<devices...>'],
    run: async (context, [name = '', ...devices]) => {
      const id = await resolveId(context, 'collection', name);
      for (const device of devices) {
        const deviceId = await resolveId(context, 'device', device);
        await context.client.call(
          verb === 'add' ? 'collections.addMember' : 'collections.removeMember',
          { params: { id, deviceId } },
          context.signal,
        );
      }
      context.output.result({ id, devices }, () => `${devices.length} ${verb === 'add' ? 'added to' : 'removed from'} ${name}.`);
    },
  })),
];

export const collectionCommands: readonly ApiCommand[] = [...memberCommands, ...variableCommands('collection')];
