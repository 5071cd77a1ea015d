/** Commands for the rules of collections, and for what a query would find and why. */
import {
  OstlerError,
  type CollectionPreview,
  type CollectionRule,
  type MembershipExplanation,
  type MembershipReason,
  type NewCollectionRule,
} from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { deviceTable } from './device.ts';

export const ruleOptions = {
  '--query <expression...>': 'computers of which this CEL expression is true',
  '--include <collection...>': 'the members of another collection',
  '--exclude <collection...>': 'never the members of this one: it wins over every other rule',
  '--device <device...>': 'these computers',
};

/** The rules that the options ask for. */
export async function newRules(context: CommandContext, values: Values): Promise<NewCollectionRule[]> {
  const idsOf = (kind: 'collection' | 'device', names: string[]) => Promise.all(names.map((name) => resolveId(context, kind, name)));
  const includes = await idsOf('collection', texts(values, 'include'));
  const excludes = await idsOf('collection', texts(values, 'exclude'));
  const devices = await idsOf('device', texts(values, 'device'));
  return [
    ...texts(values, 'query').map((query) => ({ kind: 'query', query }) as const),
    ...includes.map((collectionId) => ({ kind: 'include', collectionId }) as const),
    ...excludes.map((collectionId) => ({ kind: 'exclude', collectionId }) as const),
    ...devices.map((deviceId) => ({ kind: 'direct', deviceId }) as const),
  ];
}

function ruleText(rule: CollectionRule): string {
  if (rule.kind === 'direct') return rule.deviceName;
  return rule.kind === 'query' ? rule.query : rule.collectionName;
}

export function ruleTable(rules: readonly CollectionRule[]): string {
  return formatTable(
    rules,
    [
      { title: 'RULE', value: ({ id }) => id },
      { title: 'KIND', value: ({ kind }) => kind },
      { title: 'WHAT', value: ruleText },
    ],
    'It has no rules, and so no members.',
  );
}

const queryHelp = `A query is an expression in CEL (https://cel.dev) that is true or false of a computer:

  hardware.model.startsWith("Latitude") && hardware.memoryBytes >= 16 * 1024 * 1024 * 1024
  "office" in tags && variables.Site == "Bern"
  users.exists(user, user.startsWith("SALES"))
  name.matches("^PC-[0-9]{4}$") || hardware.tpmVersion == ""
  hardware.disks.exists(disk, disk.transport == "nvme" && disk.sizeBytes > 500000000000)
  operatingSystem.family == "linux" && lastSeenAt < now - duration("720h")

What is not known is empty, 0 or in 1970. What a computer has to be asked for: ostler collection explain DEVICE COLLECTION --document`;

export const collectionRuleCommands: readonly ApiCommand[] = [
  {
    words: 'collection rules',
    summary: 'List the rules of a collection',
    arguments: ['<collection>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'collection', name);
      const { items } = await context.client.call('collections.rules', { params: { id } }, context.signal);
      context.output.result(items, () => ruleTable(items));
    },
  },
  {
    words: 'collection add-rule',
    summary: 'Add rules to a collection: query, include, exclude, or computers by name',
    arguments: ['<collection>'],
    options: ruleOptions,
    help: queryHelp,
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'collection', name);
      const rules = await newRules(context, values);
      if (rules.length === 0) throw new OstlerError('BAD_REQUEST', { problem: 'give --query, --include, --exclude or --device' });
      const added: CollectionRule[] = [];
      for (const body of rules) added.push(await context.client.call('collections.addRule', { params: { id }, body }, context.signal));
      const { memberCount } = await context.client.call('collections.get', { params: { id } }, context.signal);
      context.output.result(added, () => `${ruleTable(added)}\n\n${name} has ${memberCount} members now.`);
    },
  },
  {
    words: 'collection remove-rule',
    summary: 'Take a rule from a collection',
    arguments: ['<collection>', '<rule>'],
    run: async (context, [name = '', ruleId = '']) => {
      const id = await resolveId(context, 'collection', name);
      await context.client.call('collections.removeRule', { params: { id, ruleId } }, context.signal);
      const { memberCount } = await context.client.call('collections.get', { params: { id } }, context.signal);
      context.output.result({ id, ruleId }, () => `The rule is gone. ${name} has ${memberCount} members now.`);
    },
  },
  {
    words: 'collection preview',
    summary: 'Show what a query finds now; nothing is saved',
    options: {
      '--query <expression>': 'a CEL expression',
      '--limiting <collection>': 'ask only the members of this one; All Systems by default',
      '--limit <n>': ['how many computers to show', '50'],
    },
    help: queryHelp,
    run: async (context, _args, values) => {
      const query = text(values, 'query');
      if (query === undefined) throw new OstlerError('BAD_REQUEST', { problem: 'give --query' });
      const limiting = text(values, 'limiting');
      const body = {
        query,
        limit: Number(text(values, 'limit')),
        ...(limiting === undefined ? {} : { limitingCollectionId: await resolveId(context, 'collection', limiting) }),
      };
      const preview = await context.client.call('collections.preview', { body }, context.signal);
      context.output.result(preview, () => previewText(preview));
    },
  },
  {
    words: 'collection explain',
    summary: 'Say why a computer is or is not a member, rule by rule',
    arguments: ['<device>', '<collection>'],
    options: { '--document': 'show everything that queries can ask of the computer, as JSON' },
    run: async (context, [device = '', name = ''], values) => {
      const params = { deviceId: await resolveId(context, 'device', device), id: await resolveId(context, 'collection', name) };
      const explanation = await context.client.call('collections.explain', { params }, context.signal);
      const document = values['document'] === true ? `\n\n${JSON.stringify(explanation.document, null, 2)}` : '';
      context.output.result(explanation, () => `${explanationText(explanation)}${document}`);
    },
  },
];

function previewText({ memberCount, askedCount, unansweredCount, unansweredReason, members }: CollectionPreview): string {
  const unanswered = unansweredCount === 0 ? '' : `\nIt has no answer on ${unansweredCount} of them, for example ${unansweredReason ?? ''}`;
  const shown = members.length === 0 ? '' : `\n\n${deviceTable(members)}`;
  const rest = memberCount > members.length ? `\n… and ${memberCount - members.length} more` : '';
  return `${memberCount} of ${askedCount} computers.${unanswered}${shown}${rest}`;
}

const answers = new Map<boolean | null, string>([
  [true, 'yes'],
  [false, 'no'],
  [null, 'no answer'],
]);
const kinds: Readonly<Record<MembershipReason['kind'], string>> = {
  state: 'state',
  limiting: 'in the limiting collection',
  exclude: 'excluded by',
  direct: 'added by hand',
  include: 'included by',
  query: 'query',
};

function explanationText({ deviceName, collectionName, isMember, reasons }: MembershipExplanation): string {
  const table = formatTable(
    reasons,
    [
      { title: 'RULE', value: ({ kind }) => kinds[kind] },
      { title: 'HOLDS', value: ({ holds, problem }) => [answers.get(holds), problem].filter(Boolean).join(': ') },
      { title: 'WHAT', value: ({ text: what }) => what || null },
    ],
    '',
  );
  return `${deviceName} is ${isMember ? '' : 'not '}a member of ${collectionName}.\n\n${table}`;
}
