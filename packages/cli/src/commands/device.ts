/** Commands for devices. */
import { DeviceState, type Device, type RouteRequest } from '@ostler/contract';
import { text, type ApiCommand, type CommandContext } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { deviceActionCommands } from './device-actions.ts';
import { importCommands } from './device-import.ts';
import { inventoryCommands } from './device-inventory.ts';
import { deviceUserCommands } from './device-user.ts';
import { recoveryKeyCommands } from './recovery-key.ts';
import { effectiveVariablesCommand, variableCommands } from './variable.ts';

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
      { title: 'USERS', value: ({ users }) => users.join(', ') || null },
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

type DeviceListQuery = RouteRequest<'devices.list'>['query'];

/** Pages of the list, the first alone or one after the other to the end. */
async function listDevices({ client, signal }: CommandContext, query: DeviceListQuery, all: boolean) {
  const page = await client.call('devices.list', { query }, signal);
  const items = [...page.items];
  if (!all) return { items, hasMore: page.next !== null };
  for (let { next } = page; next !== null;) {
    const more = await client.call('devices.list', { query: { ...query, after: next } }, signal);
    items.push(...more.items);
    ({ next } = more);
  }
  return { items, hasMore: false };
}

const listCommand: ApiCommand = {
  words: 'device list',
  summary: 'List computers: known, seen, waiting for approval',
  arguments: ['[words...]'],
  options: {
    '--state <state>': `only these: ${DeviceState.options.join(', ')}`,
    '--tag <tag>': 'only those with this tag',
    '--user <user>': 'only those that are for this user',
    '--sort <key>': ['name, last-seen or created', 'name'],
    '--descending': 'the last first',
    '--limit <n>': ['how many', '200'],
    '--all': 'every one, however many',
  },
  help: `Words are looked for in names, MAC addresses, UUIDs, serial numbers, asset tags, makes, models, tags and users; each has to be found.

  ostler device list latitude 7440
  ostler device list 52-54-00 --state pending
  ostler device list --user 'CORP\\anna'
  ostler device list --sort last-seen --descending --limit 20`,
  run: async (context, words, values) => {
    const choice = ['state', 'tag', 'user', 'sort', 'limit'].map((name) => [name, text(values, name)] as const);
    const given = Object.fromEntries(choice.filter(([, value]) => value !== undefined));
    // Safe: the site checks what was typed, and says what is wrong with it.
    const query = {
      ...given,
      search: words.join(' '),
      order: values['descending'] === true ? 'descending' : 'ascending',
    } as DeviceListQuery;
    const { items, hasMore } = await listDevices(context, query, values['all'] === true);
    context.output.result(items, () => deviceTable(items));
    if (hasMore) context.output.note('There are more: --all lists every one, --limit another number of them.');
  },
};

const deviceCommands: readonly ApiCommand[] = [
  listCommand,
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
];

export const deviceCommandList: readonly ApiCommand[] = [
  ...deviceCommands,
  ...deviceActionCommands,
  ...importCommands,
  ...inventoryCommands,
  ...deviceUserCommands,
  ...recoveryKeyCommands,
  ...variableCommands('device'),
  effectiveVariablesCommand,
];
