/** Commands for distribution points themselves: make, enrol, change, revoke. What content they have is distribution-point-content.ts. */
import { writeFile } from 'node:fs/promises';
import { formatBytes, OstlerError, type DistributionPoint, type UpdateDistributionPoint } from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';

const limitOptions = {
  '--reserve-bytes <bytes>': 'so much of its disk stays free (at first 1 GiB)',
  '--pull-bytes-per-second <bytes>': 'the fastest that it pulls from the site; none: as fast as it goes (at first)',
  '--grace-hours <hours>': 'how long content stays that is no longer wanted (at first 24)',
} as const;

/** What was given on the command line. @throws OstlerError BAD_REQUEST */
function limitsOf(values: Values): Omit<UpdateDistributionPoint, 'name' | 'assignment'> {
  const reserve = numberOf(values, 'reserveBytes');
  const grace = numberOf(values, 'graceHours');
  const pull = text(values, 'pullBytesPerSecond') === 'none' ? null : numberOf(values, 'pullBytesPerSecond');
  return {
    ...(reserve === undefined ? {} : { spaceReserveBytes: reserve }),
    ...(grace === undefined ? {} : { graceHours: grace }),
    ...(pull === undefined ? {} : { pullBytesPerSecond: pull }),
  };
}

function numberOf(values: Values, name: string): number | undefined {
  const given = text(values, name);
  if (given === undefined) return undefined;
  const number = Number(given);
  if (Number.isFinite(number)) return number;
  throw new OstlerError('BAD_REQUEST', { problem: `${given} is not a number` });
}

function describePoint({ groups, chosen, content, freeBytes, ...facts }: DistributionPoint): string {
  const { present, missing, failed, missingBytes } = content;
  const own = groups.map(({ name }) => name).join(', ');
  return formatFacts({
    ...facts,
    freeBytes: freeBytes === null ? 'not known yet' : formatBytes(freeBytes),
    groups: own === '' ? 'none: no computer is sent to it' : own,
    ...(facts.assignment === 'all' ? {} : { chosen: chosen.map(({ kind, name }) => `${kind} ${name}`).join(', ') || 'nothing' }),
    content: `${present} pieces are there, ${missing} missing, ${failed} failed; ${formatBytes(missingBytes)} to pull`,
  });
}

/** The ticket opens the way for one distribution point: nobody else may read the file. */
async function writeTicket(context: CommandContext, id: string, path: string): Promise<void> {
  const ticket = await context.client.call('distributionPoints.ticket', { params: { id } }, context.signal);
  await writeFile(path, `${JSON.stringify(ticket, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
}

function startText(path: string): string {
  return `Take ${path} to its computer within a day, and there: ostler distribution-point serve --ticket-file ${path}`;
}

const pointCommands: readonly ApiCommand[] = [
  {
    words: 'distribution-point list',
    summary: 'List distribution points, and how much of the content they have',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('distributionPoints.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'NAME', value: ({ name }) => name },
            { title: 'STATE', value: ({ state }) => state },
            { title: 'ADDRESS', value: ({ url }) => url },
            { title: 'GROUPS', value: ({ groups }) => groups.map(({ name }) => name).join(', ') },
            { title: 'PRESENT', value: ({ content }) => content.present },
            { title: 'MISSING', value: ({ content }) => content.missing },
            { title: 'FAILED', value: ({ content }) => content.failed },
            { title: 'TO PULL', value: ({ content }) => formatBytes(content.missingBytes) },
            { title: 'FREE', value: ({ freeBytes }) => (freeBytes === null ? null : formatBytes(freeBytes)) },
            { title: 'LAST SEEN', value: ({ lastSeenAt }) => lastSeenAt },
          ],
          'There are no distribution points: the site serves all content itself.',
        ),
      );
    },
  },
  {
    words: 'distribution-point show',
    summary: 'Show a distribution point',
    arguments: ['<point>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'distribution point', name);
      const point = await context.client.call('distributionPoints.get', { params: { id } }, context.signal);
      context.output.result(point, () => describePoint(point));
    },
  },
  {
    words: 'distribution-point create',
    summary: 'Make a distribution point, with the ticket that enrols it',
    arguments: ['<name>', '<url>'],
    options: {
      '--ticket-file <file>': 'where to write the ticket (a new file)',
      '--group <group...>': 'boundary groups whose computers it serves',
      '--chosen': 'it gets what it is given (distribution-point add-content), not everything',
      ...limitOptions,
    },
    help: 'The address is how computers reach it; its certificate is for that name.\n\n  ostler distribution-point create Berlin https://dp.berlin.example:8443 --group Berlin --ticket-file berlin.ticket',
    run: async (context, [name = '', url = ''], values) => {
      const groupIds = await Promise.all(texts(values, 'group').map((group) => resolveId(context, 'boundary group', group)));
      const assignment = values['chosen'] === true ? 'chosen' : 'all';
      const body = { name, url, assignment, ...limitsOf(values) } as const;
      let point = await context.client.call('distributionPoints.create', { body }, context.signal);
      for (const groupId of groupIds) {
        point = await context.client.call('distributionPoints.addGroup', { params: { id: point.id, groupId } }, context.signal);
      }
      const file = text(values, 'ticketFile');
      if (file !== undefined) await writeTicket(context, point.id, file);
      const next = file === undefined ? `Its ticket: ostler distribution-point ticket ${name} --ticket-file FILE` : startText(file);
      context.output.result(point, () => `The distribution point ${name} is made: ${point.id}.\n${next}`);
    },
  },
  {
    words: 'distribution-point set',
    summary: 'Change a distribution point',
    arguments: ['<point>'],
    options: { '--name <name>': 'another name', '--assignment <which>': 'all or chosen', ...limitOptions },
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'distribution point', name);
      const assignment = text(values, 'assignment');
      const newName = text(values, 'name');
      const body = {
        ...limitsOf(values),
        ...(newName === undefined ? {} : { name: newName }),
        // The site checks it.
        ...(assignment === undefined ? {} : { assignment: assignment as DistributionPoint['assignment'] }),
      };
      const point = await context.client.call('distributionPoints.update', { params: { id }, body }, context.signal);
      context.output.result(point, () => describePoint(point));
    },
  },
  {
    words: 'distribution-point ticket',
    summary: 'Make the ticket that enrols a distribution point, once, within a day',
    arguments: ['<point>'],
    options: { '--ticket-file <file>': 'where to write it (a new file)' },
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'distribution point', name);
      const file = text(values, 'ticketFile');
      if (file === undefined) throw new OstlerError('BAD_REQUEST', { problem: 'give --ticket-file: the ticket is a secret' });
      await writeTicket(context, id, file);
      context.output.result({ id, file }, () => startText(file));
    },
  },
  {
    words: 'distribution-point revoke',
    summary: 'End a distribution point’s key at once; no computer is sent to it until it is enrolled again',
    arguments: ['<point>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'distribution point', name);
      const point = await context.client.call('distributionPoints.revoke', { params: { id } }, context.signal);
      context.output.result(point, () => `The distribution point ${name} is revoked.`);
    },
  },
  {
    words: 'distribution-point delete',
    summary: 'Forget a distribution point; its key ends, and what is on its disk stays there',
    arguments: ['<point>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'distribution point', name);
      await context.client.call('distributionPoints.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The distribution point ${name} is deleted.`);
    },
  },
];

async function changeGroup(context: CommandContext, [pointName = '', groupName = '']: readonly string[], change: 'add' | 'remove') {
  const routes = { add: 'distributionPoints.addGroup', remove: 'distributionPoints.removeGroup' } as const;
  const id = await resolveId(context, 'distribution point', pointName);
  const groupId = await resolveId(context, 'boundary group', groupName);
  const point = await context.client.call(routes[change], { params: { id, groupId } }, context.signal);
  context.output.result(point, () => describePoint(point));
}

const groupCommands: readonly ApiCommand[] = [
  {
    words: 'distribution-point add-group',
    summary: 'Let a distribution point serve the computers of a boundary group',
    arguments: ['<point>', '<group>'],
    run: (context, names) => changeGroup(context, names, 'add'),
  },
  {
    words: 'distribution-point remove-group',
    summary: 'Take a distribution point out of a boundary group',
    arguments: ['<point>', '<group>'],
    run: (context, names) => changeGroup(context, names, 'remove'),
  },
];

export const distributionPointCommands: readonly ApiCommand[] = [...pointCommands, ...groupCommands];
