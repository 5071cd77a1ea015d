/** Commands for collections: what there is, who is in them, and adding by hand. Rules and queries: collection-rule.ts. */
import type { ClearedDeployments, Collection, Device } from '@ostler/contract';
import { text, type ApiCommand, type CommandContext } from '../command.ts';
import { followAndPrint } from '../follow-job.ts';
import { formatDuration, formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { collectionRuleCommands, newRules, ruleOptions, ruleTable } from './collection-rule.ts';
import { deviceTable } from './device.ts';
import { callConfirmed } from './high-risk.ts';
import { maintenanceWindowCommands } from './maintenance-window.ts';
import { variableCommands } from './variable.ts';

const pageSize = 1000;

const collectionOptions = {
  '--limiting <collection>': 'its members are members of this one too; All Systems by default',
  '--priority <n>': 'whose variables win: 1 to 9, higher wins',
};

export function clearedText(collection: string, { items, running }: ClearedDeployments): string {
  const left = running.map(({ deviceName }) => `Not on ${deviceName}: a run goes on there.`);
  const again = formatTable(
    items,
    [
      { title: 'RUNS AGAIN', value: ({ name }) => name },
      { title: 'COMPUTERS', value: ({ deviceCount }) => deviceCount },
      { title: 'DEPLOYMENT', value: ({ id }) => id },
    ],
    `No required deployment is to be cleared on the computers of ${collection}.`,
  );
  return [again, ...left].join('\n');
}

const ownCommands: readonly ApiCommand[] = [
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
            { title: 'LIMITED BY', value: ({ limitingCollectionName }) => limitingCollectionName },
            { title: 'MEMBERS', value: ({ memberCount }) => memberCount },
            { title: 'PRIORITY', value: ({ priority }) => priority },
            { title: 'EVALUATED', value: evaluationText },
          ],
          'There are no collections.',
        ),
      );
    },
  },
  {
    words: 'collection show',
    summary: 'Show a collection with its rules and its last evaluation',
    arguments: ['<collection>'],
    run: async (context, [name = '']) => {
      const params = { id: await resolveId(context, 'collection', name) };
      const collection = await context.client.call('collections.get', { params }, context.signal);
      const { items: rules } = await context.client.call('collections.rules', { params }, context.signal);
      context.output.result({ ...collection, rules }, () => `${collectionText(collection)}\n\n${ruleTable(rules)}`);
    },
  },
  {
    words: 'collection create',
    summary: 'Make a collection',
    arguments: ['<name>'],
    options: { ...collectionOptions, ...ruleOptions },
    help: `Computers are members by rules; one that holds is enough. A query is an expression in CEL over what is known of a computer:

  ostler collection create Laptops --query 'hardware.chassis.portable && "office" in tags'
  ostler collection create Pilot --limiting Laptops --include Volunteers --exclude Management
  ostler collection create Lab
  ostler collection add Lab PC-1 PC-2

See what a query finds before anything is saved: ostler collection preview --help`,
    run: async (context, [name = ''], values) => {
      const limiting = text(values, 'limiting');
      const priority = text(values, 'priority');
      const body = {
        name,
        rules: await newRules(context, values),
        ...(limiting === undefined ? {} : { limitingCollectionId: await resolveId(context, 'collection', limiting) }),
        ...(priority === undefined ? {} : { priority: Number(priority) }),
      };
      const made = await context.client.call('collections.create', { body }, context.signal);
      context.output.result(made, () => `Collection ${made.name}: ${made.id}. ${membersText(made)}.`);
    },
  },
  {
    words: 'collection set',
    summary: 'Change the name, the limiting collection or the priority',
    arguments: ['<collection>'],
    options: { '--name <name>': 'another name', ...collectionOptions },
    run: async (context, [collection = ''], values) => {
      const id = await resolveId(context, 'collection', collection);
      const [name, limiting, priority] = [text(values, 'name'), text(values, 'limiting'), text(values, 'priority')];
      const body = {
        ...(name === undefined ? {} : { name }),
        ...(limiting === undefined ? {} : { limitingCollectionId: await resolveId(context, 'collection', limiting) }),
        ...(priority === undefined ? {} : { priority: Number(priority) }),
      };
      const changed = await context.client.call('collections.update', { params: { id }, body }, context.signal);
      context.output.result(changed, () => collectionText(changed));
    },
  },
  {
    words: 'collection delete',
    summary: 'Delete a collection that nothing is deployed to and no other collection depends on',
    arguments: ['<collection>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'collection', name);
      await context.client.call('collections.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The collection ${name} is deleted.`);
    },
  },
  {
    words: 'collection rerun',
    summary: 'Let every required deployment that ran on the computers of a collection run there again',
    arguments: ['<collection>'],
    options: { '--confirm <words>': 'where it is of high risk: the collection’s name and number of computers' },
    help: `They begin at the next network boot of each computer, or when its client asks next, and may wipe it. Where a run goes on, nothing is changed.

  ostler collection rerun "Class room 7" --confirm "Class room 7 24"`,
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'collection', name);
      const cleared = await callConfirmed(context, text(values, 'confirm') ?? null, (confirm) =>
        context.client.call('deployments.rerunCollection', { params: { id }, body: { confirm } }, context.signal),
      );
      context.output.result(cleared, () => clearedText(name, cleared));
    },
  },
  {
    words: 'collection evaluate',
    summary: 'Ask the rules of a collection and of those that depend on it, or of all, of every computer now',
    arguments: ['[collection]'],
    options: { '--no-wait': 'do not wait for its end' },
    help: `Memberships follow every change by themselves. This is for queries about the time, such as lastSeenAt < now - duration("720h"), which are otherwise
asked when a computer changes and every --collection-evaluation-hours (ostler site set).`,
    run: async (context, [name], values) => {
      const collectionId = name === undefined ? null : await resolveId(context, 'collection', name);
      const job = await context.client.call('collections.evaluate', { body: { collectionId } }, context.signal);
      await followAndPrint(context, job, values, ({ result }) => `${String(result?.['devices'])} computers were asked.`);
    },
  },
];

const memberCommands: readonly ApiCommand[] = [
  {
    words: 'collection members',
    summary: 'List the computers of a collection',
    arguments: ['<collection>'],
    run: async (context, [name = '']) => {
      const members = await allMembers(context, await resolveId(context, 'collection', name));
      context.output.result(members, () => deviceTable(members));
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

export const collectionCommands: readonly ApiCommand[] = [
  ...ownCommands,
  ...memberCommands,
  ...collectionRuleCommands,
  ...maintenanceWindowCommands,
  ...variableCommands('collection'),
];

async function allMembers({ client, signal }: CommandContext, id: string): Promise<Device[]> {
  const members: Device[] = [];
  let after: string | undefined;
  for (;;) {
    const query = { limit: pageSize, ...(after === undefined ? {} : { after }) };
    const { items, next } = await client.call('collections.members', { params: { id }, query }, signal);
    members.push(...items);
    if (next === null) return members;
    after = next;
  }
}

function collectionText(collection: Collection): string {
  const { id, name, limitingCollectionName, priority, unansweredCount } = collection;
  return [
    `${name} (${id})`,
    limitingCollectionName === null ? 'It is part of every site.' : `Limited by ${limitingCollectionName}.`,
    `${membersText(collection)}. Priority of its variables: ${priority}.`,
    `Evaluated: ${evaluationText(collection) ?? 'with every change'}.`,
    ...(unansweredCount === 0 ? [] : [`A query had no answer on ${unansweredCount} computers: ostler collection explain says why.`]),
  ].join('\n');
}

function membersText({ memberCount }: Collection): string {
  return memberCount === 1 ? '1 member' : `${memberCount} members`;
}

function evaluationText({ evaluatedAt, evaluationMs, builtIn }: Collection): string | null {
  if (builtIn) return null;
  return evaluatedAt === null
    ? 'now'
    : `${evaluatedAt}, in ${(evaluationMs ?? 0) < 1000 ? `${evaluationMs ?? 0} ms` : formatDuration(evaluationMs ?? 0)}`;
}
