/** Commands for devices, collections and their variables. */
import { readFile } from 'node:fs/promises';
import { OstlerError, type Device, type Variable } from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { recoveryKeyCommands } from './recovery-key.ts';

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

const owners = {
  device: { list: 'devices.variables', set: 'devices.setVariable', delete: 'devices.deleteVariable' },
  collection: { list: 'collections.variables', set: 'collections.setVariable', delete: 'collections.deleteVariable' },
} as const;

function variableTable(variables: readonly Variable[]): string {
  return formatTable(
    variables,
    [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'VALUE', value: ({ value, secret }) => (secret ? '(secret)' : value) },
    ],
    'There are no variables.',
  );
}

function variableCommands(owner: keyof typeof owners): readonly ApiCommand[] {
  const routes = owners[owner];
  return [
    {
      words: `${owner} variables`,
      summary: `List the task sequence variables of a ${owner}`,
      arguments: [`<${owner}>`],
      run: async (context, [name = '']) => {
        const id = await resolveId(context, owner, name);
        const { items } = await context.client.call(routes.list, { params: { id } }, context.signal);
        context.output.result(items, () => variableTable(items));
      },
    },
    {
      words: `${owner} set-variable`,
      summary: `Set a task sequence variable of a ${owner}`,
      arguments: [`<${owner}>`, '<variable>', '[value]'],
      options: { '--secret-file <file>': 'take the value from a file, and keep it secret' },
      help: 'A secret is sealed on the server, fetched by the step that needs it, and shown nowhere.',
      run: async (context, [name = '', variable = '', value], values) => {
        const secretFile = text(values, 'secretFile');
        if ((secretFile === undefined) === (value === undefined))
          throw new OstlerError('BAD_REQUEST', { problem: 'give a value or --secret-file' });
        const body =
          secretFile === undefined ? { value: value ?? '' } : { value: (await readFile(secretFile, 'utf8')).trimEnd(), secret: true };
        const id = await resolveId(context, owner, name);
        const set = await context.client.call(routes.set, { params: { id, name: variable }, body }, context.signal);
        context.output.result(set, () => `${set.name} is set.`);
      },
    },
    {
      words: `${owner} delete-variable`,
      summary: `Delete a task sequence variable of a ${owner}`,
      arguments: [`<${owner}>`, '<variable>'],
      run: async (context, [name = '', variable = '']) => {
        const id = await resolveId(context, owner, name);
        await context.client.call(routes.delete, { params: { id, name: variable } }, context.signal);
        context.output.result({ id, variable }, () => `${variable} is deleted.`);
      },
    },
  ];
}

export const deviceCommandList: readonly ApiCommand[] = [
  ...deviceCommands,
  ...recoveryKeyCommands,
  ...variableCommands('device'),
  ...collectionCommands,
  ...variableCommands('collection'),
];
