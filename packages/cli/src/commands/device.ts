/** Commands for devices and collections. */
import type { Device } from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { recoveryKeyCommands } from './recovery-key.ts';
import { variableCommands } from './variable.ts';

function deviceTable(devices: readonly Device[]): string {
  return formatTable(
    devices,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'NAME', value: ({ name }) => name },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'MAC ADDRESSES', value: ({ macAddresses }) => macAddresses.join(' ') },
      { title: 'MODEL', value: ({ facts }) => (facts ? `${facts.manufacturer} ${facts.model}`.trim() : null) },
      { title: 'LAST SEEN', value: ({ lastSeenAt }) => lastSeenAt },
    ],
    'There are no devices. Import one, or let it boot from the network.',
  );
}

async function updateState(context: CommandContext, name: string, state: 'approved' | 'blocked'): Promise<void> {
  const id = await resolveId(context, 'device', name);
  const device = await context.client.call('devices.update', { params: { id }, body: { state } }, context.signal);
  context.output.result(device, () => `${device.name} is ${device.state}.`);
}

const deviceCommands: readonly ApiCommand[] = [
  {
    words: 'device list',
    summary: 'List computers: known, seen, waiting for approval',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('devices.list', { query: {} }, signal);
      output.result(items, () => deviceTable(items));
    },
  },
  {
    words: 'device show',
    summary: 'Show one computer',
    arguments: ['<device>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'device', name);
      const device = await context.client.call('devices.get', { params: { id } }, context.signal);
      const { facts, ...rest } = device;
      context.output.result(device, () => `${formatFacts(rest)}${facts ? `\n\n${formatFacts(facts)}` : ''}`);
    },
  },
  {
    words: 'device import',
    summary: 'Make a computer known before it boots for the first time',
    arguments: ['<name>'],
    options: { '--mac <address...>': 'its MAC addresses', '--uuid <uuid>': 'its SMBIOS UUID' },
    run: async ({ client, output, signal }, [name = ''], values) => {
      const device = await client.call(
        'devices.import',
        { body: { name, macAddresses: texts(values, 'mac'), smbiosUuid: text(values, 'uuid') ?? null } },
        signal,
      );
      output.result(device, () => `${device.name} is known: ${device.id}.`);
    },
  },
  {
    words: 'device approve',
    summary: 'Let a waiting computer go on',
    arguments: ['<device>'],
    run: (context, [name = '']) => updateState(context, name, 'approved'),
  },
  {
    words: 'device block',
    summary: 'Give a computer nothing any more',
    arguments: ['<device>'],
    run: (context, [name = '']) => updateState(context, name, 'blocked'),
  },
  {
    words: 'device rename',
    summary: 'Give a computer another name',
    arguments: ['<device>', '<new-name>'],
    run: async (context, [name = '', newName = '']) => {
      const id = await resolveId(context, 'device', name);
      const device = await context.client.call('devices.update', { params: { id }, body: { name: newName } }, context.signal);
      context.output.result(device, () => `${name} is now ${device.name}.`);
    },
  },
  {
    words: 'device delete',
    summary: 'Forget a computer',
    arguments: ['<device>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'device', name);
      await context.client.call('devices.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `${name} is forgotten.`);
    },
  },
];

const collectionCommands: readonly ApiCommand[] = [
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

export const deviceCommandList: readonly ApiCommand[] = [
  ...deviceCommands,
  ...recoveryKeyCommands,
  ...variableCommands('device'),
  ...collectionCommands,
  ...variableCommands('collection'),
];
