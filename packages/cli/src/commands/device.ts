/** Commands for devices. */
import type { Device } from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { inventoryCommands } from './device-inventory.ts';
import { recoveryKeyCommands } from './recovery-key.ts';
import { variableCommands } from './variable.ts';

export function deviceTable(devices: readonly Device[]): string {
  return formatTable(
    devices,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'NAME', value: ({ name }) => name },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'MAC ADDRESSES', value: ({ macAddresses }) => macAddresses.join(' ') },
      { title: 'MODEL', value: ({ facts }) => (facts ? `${facts.manufacturer} ${facts.model}`.trim() : null) },
      { title: 'TAGS', value: ({ tags }) => tags.join(' ') || null },
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
    options: { '--mac <address...>': 'its MAC addresses', '--uuid <uuid>': 'its SMBIOS UUID', '--tag <tag...>': 'words to find it by' },
    run: async ({ client, output, signal }, [name = ''], values) => {
      const device = await client.call(
        'devices.import',
        { body: { name, macAddresses: texts(values, 'mac'), smbiosUuid: text(values, 'uuid') ?? null, tags: texts(values, 'tag') } },
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
  ...(['tag', 'untag'] as const).map((verb): ApiCommand => ({
    words: `device ${verb}`,
    summary: verb === 'tag' ? 'Give a computer tags: words to find and to group it by' : 'Take tags from a computer',
    arguments: ['<device>', '<tags...>'],
    run: async (context, [name = '', ...words]) => {
      const id = await resolveId(context, 'device', name);
      const { tags: before } = await context.client.call('devices.get', { params: { id } }, context.signal);
      const others = before.filter((tag) => !words.some((word) => word.toLowerCase() === tag.toLowerCase()));
      const tags = verb === 'tag' ? [...others, ...words] : others;
      const device = await context.client.call('devices.update', { params: { id }, body: { tags } }, context.signal);
      context.output.result(device, () => `${device.name}: ${device.tags.join(' ') || 'no tags'}.`);
    },
  })),
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

export const deviceCommandList: readonly ApiCommand[] = [
  ...deviceCommands,
  ...inventoryCommands,
  ...recoveryKeyCommands,
  ...variableCommands('device'),
];
