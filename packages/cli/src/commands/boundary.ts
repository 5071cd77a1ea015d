/** Commands for boundaries and boundary groups: which part of the network gets its content from where. */
import { OstlerError, type BoundaryGroup, type LocationExplanation, type UnknownComputers } from '@ostler/contract';
import { text, type ApiCommand } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';

const names = (items: readonly { readonly name: string }[]): string => items.map(({ name }) => name).join(', ');

/** `at once`, `after 30 min`, `never`. */
function fallbackText(minutes: number | null): string {
  if (minutes === null) return 'never';
  return minutes === 0 ? 'at once' : `after ${minutes} min`;
}

function groupText({ boundaries, neighbours, distributionPoints, unknownComputers, ...facts }: BoundaryGroup): string {
  const own = formatTable(
    boundaries,
    [
      { title: 'BOUNDARY', value: ({ name }) => name },
      { title: 'ADDRESSES', value: ({ addresses }) => addresses },
    ],
    'It has no boundaries: no computer is in it.',
  );
  const others = formatTable(
    neighbours,
    [
      { title: 'NEIGHBOUR', value: ({ name }) => name },
      { title: 'FALLBACK', value: ({ fallbackMinutes }) => fallbackText(fallbackMinutes) },
    ],
    'It falls back to the site alone.',
  );
  const points = distributionPoints.length === 0 ? 'none' : names(distributionPoints);
  return [
    formatFacts({ ...facts, unknownComputers: unknownComputers ?? 'as the site says', distributionPoints: points }),
    own,
    others,
  ].join('\n\n');
}

function explanationText({ address, boundaries, groups, neighbours, unknownComputers, sources, leftOut }: LocationExplanation): string {
  const found = formatTable(
    boundaries,
    [
      { title: 'BOUNDARY', value: ({ name }) => name },
      { title: 'ADDRESSES', value: ({ addresses }) => addresses },
      { title: 'DECIDES', value: ({ decides }) => (decides ? 'yes' : 'no') },
      { title: 'WHY', value: ({ reason }) => reason },
    ],
    `No boundary has ${address}.`,
  );
  const own = groups.length === 0 ? 'In no group: the site alone has its content.' : `In: ${names(groups)}`;
  const { policy, decidedBy } = unknownComputers;
  const unknown = `While it is unknown: ${policy}, as ${decidedBy === null ? 'the site' : `the boundary group ${decidedBy.name}`} says.`;
  const others = formatTable(
    neighbours,
    [
      { title: 'NEIGHBOUR', value: ({ name }) => name },
      { title: 'FALLBACK', value: ({ fallbackMinutes }) => fallbackText(fallbackMinutes) },
      { title: 'OF', value: ({ of }) => of },
    ],
    'No neighbours.',
  );
  const places = formatTable(
    sources.map((source, index) => ({ ...source, order: index + 1 })),
    [
      { title: 'ORDER', value: ({ order }) => order },
      { title: 'SOURCE', value: ({ name }) => name },
      { title: 'ADDRESS', value: ({ url }) => url },
      { title: 'WHY', value: ({ reason }) => reason },
    ],
    'There is no source.',
  );
  const unused = leftOut.map(({ name, reason }) => `Not asked: ${name}, ${reason}.`);
  return [found, own, unknown, others, places, ...unused].join('\n\n');
}

/** @throws OstlerError BAD_REQUEST */
function fallbackMinutes(given: string | undefined): number | null {
  if (given === undefined) return 120;
  if (given === 'never') return null;
  if (/^\d{1,4}$/.test(given)) return Number(given);
  throw new OstlerError('BAD_REQUEST', { problem: '--fallback takes minutes, 0 for at once, or never' });
}

const boundaryCommands: readonly ApiCommand[] = [
  {
    words: 'boundary list',
    summary: 'List boundaries with their groups, and what they overlap',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('boundaries.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'NAME', value: ({ name }) => name },
            { title: 'ADDRESSES', value: ({ addresses }) => addresses },
            { title: 'GROUPS', value: ({ groups }) => names(groups) },
            { title: 'OVERLAPS', value: ({ overlaps }) => names(overlaps) },
          ],
          'There are no boundaries: every computer gets its content from the site.',
        ),
      );
    },
  },
  {
    words: 'boundary create',
    summary: 'Make a boundary of a subnet or a range of addresses',
    arguments: ['<addresses>'],
    options: { '--name <name>': 'what it is called (default: the addresses)', '--group <group>': 'put it into this boundary group' },
    help: 'A subnet (10.1.0.0/16, 2001:db8:1::/48), a range (10.1.2.10-10.1.2.99), or one address.\n\n  ostler boundary create 10.1.0.0/16 --name Berlin --group Berlin',
    run: async (context, [addresses = ''], values) => {
      const { client, output, signal } = context;
      const group = text(values, 'group');
      const groupId = group === undefined ? null : await resolveId(context, 'boundary group', group);
      const name = text(values, 'name');
      const made = await client.call('boundaries.create', { body: { addresses, ...(name === undefined ? {} : { name }) } }, signal);
      if (groupId !== null) await client.call('boundaryGroups.addBoundary', { params: { id: groupId, boundaryId: made.id } }, signal);
      const overlaps = made.overlaps.length === 0 ? '' : ` It overlaps ${names(made.overlaps)}; the narrower one decides.`;
      output.result(made, () => `The boundary ${made.name} is made (${made.addresses}).${overlaps}`);
    },
  },
  {
    words: 'boundary delete',
    summary: 'Delete a boundary that no group has',
    arguments: ['<boundary>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'boundary', name);
      await context.client.call('boundaries.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The boundary ${name} is deleted.`);
    },
  },
];

const groupCommands: readonly ApiCommand[] = [
  {
    words: 'boundary-group list',
    summary: 'List boundary groups',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('boundaryGroups.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'NAME', value: ({ name }) => name },
            { title: 'BOUNDARIES', value: ({ boundaries }) => names(boundaries) },
            { title: 'NEIGHBOURS', value: ({ neighbours }) => names(neighbours) },
          ],
          'There are no boundary groups: every computer gets its content from the site.',
        ),
      );
    },
  },
  {
    words: 'boundary-group show',
    summary: 'Show a boundary group: its boundaries and neighbours',
    arguments: ['<group>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'boundary group', name);
      const group = await context.client.call('boundaryGroups.get', { params: { id } }, context.signal);
      context.output.result(group, () => groupText(group));
    },
  },
  {
    words: 'boundary-group create',
    summary: 'Make a boundary group',
    arguments: ['<name>'],
    options: { '--description <text>': 'what it is for' },
    run: async ({ client, output, signal }, [name = ''], values) => {
      const made = await client.call('boundaryGroups.create', { body: { name, description: text(values, 'description') ?? '' } }, signal);
      output.result(made, () => `The boundary group ${made.name} is made: ${made.id}.`);
    },
  },
  {
    words: 'boundary-group set',
    summary: 'Change a boundary group: what it is for, and what unknown computers get there',
    arguments: ['<group>'],
    options: {
      '--description <text>': 'what it is for',
      '--unknown-computers <policy>': 'ignore, menu or approval; site: what the site says',
    },
    help: `A computer that the site does not know gets what its boundary group says, by the address that it calls from; where the group says nothing, or there is none,
what the site says (ostler site set). Of several groups, the one that gives the least decides.

  ostler boundary-group set "Staging room" --unknown-computers menu
  ostler boundary-group explain 10.1.2.3`,
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'boundary group', name);
      const [description, policy] = [text(values, 'description'), text(values, 'unknownComputers')];
      const body = {
        ...(description === undefined ? {} : { description }),
        // The site checks it.
        ...(policy === undefined ? {} : { unknownComputers: policy === 'site' ? null : (policy as UnknownComputers) }),
      };
      const changed = await context.client.call('boundaryGroups.update', { params: { id }, body }, context.signal);
      context.output.result(changed, () => groupText(changed));
    },
  },
  {
    words: 'boundary-group delete',
    summary: 'Delete a boundary group that is no neighbour of another one',
    arguments: ['<group>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'boundary group', name);
      await context.client.call('boundaryGroups.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The boundary group ${name} is deleted.`);
    },
  },
  {
    words: 'boundary-group explain',
    summary: 'Say which groups a computer with this address is in, what it gets while unknown, and where its content comes from',
    arguments: ['<address>'],
    run: async ({ client, output, signal }, [address = '']) => {
      const explained = await client.call('boundaryGroups.explain', { query: { address } }, signal);
      output.result(explained, () => explanationText(explained));
    },
  },
];

const membershipCommands: readonly ApiCommand[] = [
  {
    words: 'boundary-group add-boundary',
    summary: 'Put a boundary into a group',
    arguments: ['<group>', '<boundary>'],
    run: async (context, [group = '', boundary = '']) => {
      const id = await resolveId(context, 'boundary group', group);
      const params = { id, boundaryId: await resolveId(context, 'boundary', boundary) };
      const changed = await context.client.call('boundaryGroups.addBoundary', { params }, context.signal);
      context.output.result(changed, () => groupText(changed));
    },
  },
  {
    words: 'boundary-group remove-boundary',
    summary: 'Take a boundary out of a group',
    arguments: ['<group>', '<boundary>'],
    run: async (context, [group = '', boundary = '']) => {
      const id = await resolveId(context, 'boundary group', group);
      const params = { id, boundaryId: await resolveId(context, 'boundary', boundary) };
      const changed = await context.client.call('boundaryGroups.removeBoundary', { params }, context.signal);
      context.output.result(changed, () => groupText(changed));
    },
  },
  {
    words: 'boundary-group set-neighbour',
    summary: 'Let a group fall back to another one, one way',
    arguments: ['<group>', '<neighbour>'],
    options: { '--fallback <minutes>': 'minutes, 0 for at once, or never (default: 120)' },
    help: 'A task sequence does not wait: the times say in which order neighbours are tried, and never takes one out.\n\n  ostler boundary-group set-neighbour Branch "Head office" --fallback 10',
    run: async (context, [group = '', neighbour = ''], values) => {
      const body = { fallbackMinutes: fallbackMinutes(text(values, 'fallback')) };
      const id = await resolveId(context, 'boundary group', group);
      const params = { id, neighbourId: await resolveId(context, 'boundary group', neighbour) };
      const changed = await context.client.call('boundaryGroups.setNeighbour', { params, body }, context.signal);
      context.output.result(changed, () => groupText(changed));
    },
  },
  {
    words: 'boundary-group remove-neighbour',
    summary: 'End the relationship to a neighbour',
    arguments: ['<group>', '<neighbour>'],
    run: async (context, [group = '', neighbour = '']) => {
      const id = await resolveId(context, 'boundary group', group);
      const params = { id, neighbourId: await resolveId(context, 'boundary group', neighbour) };
      const changed = await context.client.call('boundaryGroups.removeNeighbour', { params }, context.signal);
      context.output.result(changed, () => groupText(changed));
    },
  },
];

export const boundaryCommandList: readonly ApiCommand[] = [...boundaryCommands, ...groupCommands, ...membershipCommands];
