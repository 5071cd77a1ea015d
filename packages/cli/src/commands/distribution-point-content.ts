/** Commands for the content of distribution points: what each should have, how far it is, and having it pulled or read again. */
import { formatBytes, OstlerError, type ContentDistribution, type ContentObjectKind, type PlacedContent } from '@ostler/contract';
import { text, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';

const objectOptions = { '--image <image>': 'this operating system image', '--package <package>': 'this package' } as const;

interface ContentObject {
  readonly kind: ContentObjectKind;
  readonly objectId: string;
  readonly name: string;
}

/** The image or package that the options name; null when they name none. */
async function objectOf(context: CommandContext, values: Values): Promise<ContentObject | null> {
  for (const kind of ['image', 'package'] as const) {
    const name = text(values, kind);
    if (name !== undefined) return { kind, objectId: await resolveId(context, kind, name), name };
  }
  return null;
}

async function requiredObject(context: CommandContext, values: Values): Promise<ContentObject> {
  const found = await objectOf(context, values);
  if (found === null) throw new OstlerError('BAD_REQUEST', { problem: 'give --image or --package' });
  return found;
}

async function shaOf({ client, signal }: CommandContext, { kind, objectId: id }: ContentObject): Promise<string> {
  const found =
    kind === 'image' ? client.call('images.get', { params: { id } }, signal) : client.call('packages.get', { params: { id } }, signal);
  return (await found).content.sha256;
}

function contentTable(pieces: readonly PlacedContent[]): string {
  return formatTable(
    pieces,
    [
      { title: 'CONTENT', value: ({ sha256 }) => sha256.slice(0, 12) },
      { title: 'OF', value: ({ objects }) => objects.map(({ kind, name }) => `${kind} ${name}`).join(', ') },
      { title: 'SIZE', value: ({ sizeBytes }) => formatBytes(sizeBytes) },
      { title: 'STATE', value: ({ state }) => state },
      {
        title: 'THERE',
        value: ({ receivedBytes, sizeBytes }) => `${sizeBytes === 0 ? 100 : Math.floor((receivedBytes / sizeBytes) * 100)} %`,
      },
      { title: 'VERIFIED', value: ({ verifiedAt }) => verifiedAt },
      { title: 'PROBLEM', value: ({ problem }) => problem ?? '' },
    ],
    'It should have no content.',
  );
}

function distributionText({ points, missingBytes, usedBy, sizeBytes }: ContentDistribution): string {
  const places = formatTable(
    points,
    [
      { title: 'DISTRIBUTION POINT', value: ({ name }) => name },
      { title: 'IT IS', value: ({ pointState }) => pointState },
      { title: 'CONTENT', value: ({ state }) => state },
      { title: 'THERE', value: ({ receivedBytes }) => `${formatBytes(receivedBytes)} of ${formatBytes(sizeBytes)}` },
      { title: 'VERIFIED', value: ({ verifiedAt }) => verifiedAt },
      { title: 'PROBLEM', value: ({ problem }) => problem ?? '' },
    ],
    'The site alone has it: no distribution point should.',
  );
  const users = formatTable(
    usedBy,
    [
      { title: 'USED BY', value: ({ kind }) => kind },
      { title: 'NAME', value: ({ name }) => name },
      { title: 'VERSION', value: ({ kind, version }) => version ?? (kind === 'application' ? null : 'newest') },
    ],
    'Nothing uses it.',
  );
  return [places, `${formatBytes(missingBytes)} to pull.`, users].join('\n\n');
}

function distributionCommand(kind: ContentDistribution['object']['kind']): ApiCommand {
  const routes = { image: 'distribution.image', package: 'distribution.package', application: 'distribution.application' } as const;
  return {
    words: `${kind} distribution`,
    summary: `Show which distribution points have the ${kind}, how much is missing, and what uses it`,
    arguments: [`<${kind}>`],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, kind, name);
      const distribution = await context.client.call(routes[kind], { params: { id } }, context.signal);
      context.output.result(distribution, () => distributionText(distribution));
    },
  };
}

/** Redistribute and validate: one object's content, or everything. */
async function giveOrder(context: CommandContext, [name = '']: readonly string[], values: Values, order: 'redistribute' | 'validate') {
  const routes = { redistribute: 'distributionPoints.redistribute', validate: 'distributionPoints.validate' } as const;
  const done = { redistribute: 'pulls it again', validate: 'reads it again, and pulls what is damaged' };
  const id = await resolveId(context, 'distribution point', name);
  const found = await objectOf(context, values);
  const sha256 = found === null ? null : await shaOf(context, found);
  await context.client.call(routes[order], { params: { id }, body: { sha256 } }, context.signal);
  const what = found === null ? 'All content' : `The ${found.kind} ${found.name}`;
  context.output.result({ id, sha256 }, () => `${what}: ${name} ${done[order]}. See: ostler distribution-point content ${name}`);
}

async function changeChosen(context: CommandContext, [name = '']: readonly string[], values: Values, change: 'add' | 'remove') {
  const routes = { add: 'distributionPoints.addContent', remove: 'distributionPoints.removeContent' } as const;
  const id = await resolveId(context, 'distribution point', name);
  const { kind, objectId, name: objectName } = await requiredObject(context, values);
  const point = await context.client.call(routes[change], { params: { id, kind, objectId } }, context.signal);
  const note = point.assignment === 'all' ? ' It gets everything anyway (distribution-point set --assignment chosen).' : '';
  context.output.result(point, () => `The ${kind} ${objectName} is ${change === 'add' ? 'given to' : 'taken from'} ${point.name}.${note}`);
}

export const distributionPointContentCommands: readonly ApiCommand[] = [
  distributionCommand('image'),
  distributionCommand('package'),
  distributionCommand('application'),
  {
    words: 'distribution-point content',
    summary: 'List what content a distribution point should have, and how far each piece is',
    arguments: ['<point>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'distribution point', name);
      const { items } = await context.client.call('distributionPoints.content', { params: { id } }, context.signal);
      context.output.result(items, () => contentTable(items));
    },
  },
  {
    words: 'distribution-point add-content',
    summary: 'Give a distribution point an image or a package, where it does not get everything',
    arguments: ['<point>'],
    options: objectOptions,
    run: (context, names, values) => changeChosen(context, names, values, 'add'),
  },
  {
    words: 'distribution-point remove-content',
    summary: 'Take an image or a package away from a distribution point',
    arguments: ['<point>'],
    options: objectOptions,
    run: (context, names, values) => changeChosen(context, names, values, 'remove'),
  },
  {
    words: 'distribution-point redistribute',
    summary: 'Let a distribution point pull an image, a package or everything again',
    arguments: ['<point>'],
    options: objectOptions,
    run: (context, names, values) => giveOrder(context, names, values, 'redistribute'),
  },
  {
    words: 'distribution-point validate',
    summary: 'Let a distribution point read an image, a package or everything again, and pull what is damaged',
    arguments: ['<point>'],
    options: objectOptions,
    run: (context, names, values) => giveOrder(context, names, values, 'validate'),
  },
];
