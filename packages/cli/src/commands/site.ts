/** Commands for the site: settings, network boot, tokens, jobs, backup. */
import { OstlerError, UpdateSiteSettings, type RouteAnswer } from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { permissionOf } from './access.ts';
import { followAndPrint, followJob } from '../follow-job.ts';
import { formatFacts, formatTable } from '../output.ts';
import { readTextFile } from '../read-text-file.ts';
import { resolveId } from '../resolve.ts';

const siteOptions = {
  '--name <name>': 'what the site is called on the screens of computers',
  '--time-zone <zone>': 'the time zone of devices that have none of their own, for example Europe/Berlin',
  '--unknown-computers <policy>': 'what an unknown computer gets: ignore, menu or approval',
  '--naming-rule <rule>': 'names computers that nobody has named: PC-{serial:8}, {model:4}-{mac:6}, LAB-{counter:3}; "" for none',
  '--trust <way>': 'how a computer proves itself: automatic, password or approval',
  '--second-factor <when>': 'whether an account that may do more than look must have a second factor: optional or required',
  '--menu-timeout <seconds>': 'how long the boot menu waits for a key',
  '--kernel-options <text>': 'added to the boot image’s kernel command line, for example console=ttyS0',
  '--client-poll <seconds>': 'how often the client of an installed system asks what there is to do: 10 to 86400',
  '--client-cache-bytes <bytes>': 'how much content of coming runs a client may keep on its disk; 0: none',
  '--retry-on-target <yes|no>': 'whether a person may retry a failed step at the computer: yes or no',
  '--user-affinity <policy>': 'what becomes of the users that a run names for its computer: ignore, approval or automatic',
  '--high-risk-default-size <n>': 'deployments that begin without a person are to be confirmed above this many computers',
  '--high-risk-maximum-size <n>': 'and are refused above this many; 0: no limit',
  '--site-servers <what>': 'what they meet on the site’s own servers: block or warn',
  '--site-server-collection <collection...>': 'whose members are the site’s own servers (replaces the list), or none',
  '--disregard-uuid <uuid...>': 'SMBIOS UUIDs that many machines share (replaces the list)',
  '--disregard-mac <mac...>': 'MAC addresses of docking stations and adapters (replaces the list)',
  '--collection-evaluation-hours <hours>':
    'how often the queries of collections are asked of every computer; 0: only what changes is asked',
  '--user-state-bytes <bytes>': 'how much room all state stores together may take',
  '--user-state-stores <n>': 'how many state stores there may be at a time',
  '--user-state-retention <hours>': 'how long user state is kept after it was restored',
  '--target-password-file <file>': 'a file with the password that people type at the target',
};

function numberOf(values: Values, name: string): number | undefined {
  const given = text(values, name);
  return given === undefined ? undefined : Number(given);
}

async function siteChanges(context: CommandContext, values: Values): Promise<UpdateSiteSettings> {
  const passwordFile = text(values, 'targetPasswordFile');
  const changes = {
    name: text(values, 'name'),
    timeZone: text(values, 'timeZone'),
    unknownComputers: text(values, 'unknownComputers'),
    namingRule: text(values, 'namingRule'),
    trust: text(values, 'trust'),
    secondFactor: text(values, 'secondFactor'),
    menuTimeoutSeconds: numberOf(values, 'menuTimeout'),
    kernelOptions: text(values, 'kernelOptions'),
    clientPollSeconds: numberOf(values, 'clientPoll'),
    clientCacheBytes: numberOf(values, 'clientCacheBytes'),
    retryOnTarget: yesOrNo(text(values, 'retryOnTarget')),
    userAffinity: text(values, 'userAffinity'),
    highRiskDefaultSize: numberOf(values, 'highRiskDefaultSize'),
    highRiskMaximumSize: numberOf(values, 'highRiskMaximumSize'),
    siteServers: text(values, 'siteServers'),
    siteServerCollectionIds: await siteServerCollections(context, values),
    disregardedSmbiosUuids: values['disregardUuid'] === undefined ? undefined : texts(values, 'disregardUuid'),
    disregardedMacAddresses: values['disregardMac'] === undefined ? undefined : texts(values, 'disregardMac'),
    collectionEvaluationHours: numberOf(values, 'collectionEvaluationHours'),
    userStateLimitBytes: numberOf(values, 'userStateBytes'),
    userStateLimitStores: numberOf(values, 'userStateStores'),
    userStateRetentionHours: numberOf(values, 'userStateRetention'),
    targetPassword: passwordFile === undefined ? undefined : (await readTextFile(passwordFile)).trimEnd(),
  };
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const parsed = UpdateSiteSettings.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new OstlerError('BAD_REQUEST', {
    problem: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
  });
}

async function siteServerCollections(context: CommandContext, values: Values): Promise<string[] | undefined> {
  if (values['siteServerCollection'] === undefined) return undefined;
  const names = texts(values, 'siteServerCollection');
  return names[0] === 'none' ? [] : Promise.all(names.map((name) => resolveId(context, 'collection', name)));
}

/** What is neither is left as it is, for the settings' schema to refuse. */
function yesOrNo(word: string | undefined): boolean | string | undefined {
  if (word !== 'yes' && word !== 'no') return word;
  return word === 'yes';
}

/** Where network boot is Ostler's own, what the existing DHCP server would need is not shown: set there as well, it would only contradict. */
export function networkBootText({ dhcpServerInstructions, ...facts }: RouteAnswer<'site.networkBoot'>): string {
  if (facts.mode !== 'off' || dhcpServerInstructions.length === 0) return formatFacts(facts);
  const table = formatTable(
    dhcpServerInstructions,
    [
      { title: 'FIRMWARE', value: ({ firmware }) => firmware },
      { title: 'DHCP OPTION', value: ({ option }) => option },
      { title: 'VALUE', value: ({ value }) => value },
    ],
    '',
  );
  return `${formatFacts(facts)}\n\nPut this into the existing DHCP server:\n${table}`;
}

export const siteCommands: readonly ApiCommand[] = [
  {
    words: 'site show',
    summary: 'Show the site’s settings',
    run: async ({ client, output, signal }) => {
      const site = await client.call('site.get', {}, signal);
      output.result(site, () => formatFacts(site));
    },
  },
  {
    words: 'site set',
    summary: 'Change settings of the site',
    options: siteOptions,
    run: async (context, _args, values) => {
      const { client, output, signal } = context;
      const site = await client.call('site.update', { body: await siteChanges(context, values) }, signal);
      output.result(site, () => formatFacts(site));
    },
  },
  {
    words: 'site network-boot',
    summary: 'Show the state of network boot; in the mode off what the existing DHCP server needs',
    run: async ({ client, output, signal }) => {
      const state = await client.call('site.networkBoot', {}, signal);
      output.result(state, () => networkBootText(state));
    },
  },
  {
    words: 'site backup',
    summary: 'Write a backup of the site to a new folder on the server, while it runs',
    arguments: ['<folder>'],
    options: { '--no-content': 'leave images and packages out', '--no-wait': 'do not wait for the end' },
    help: 'Restore it with: ostler restore --from FOLDER --data-directory NEW-FOLDER',
    run: async (context, [path = ''], values) => {
      const job = await context.client.call(
        'backups.create',
        { body: { path, includeContent: values['content'] !== false } },
        context.signal,
      );
      await followAndPrint(context, job, values, () => `The backup is in ${path}.`);
    },
  },
  {
    words: 'token list',
    summary: 'List API tokens',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('tokens.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'NAME', value: ({ name }) => name },
            { title: 'EXPIRES', value: ({ expiresAt }) => expiresAt },
            { title: 'LAST USED', value: ({ lastUsedAt }) => lastUsedAt },
            { title: 'ONLY', value: ({ permissions, collectionIds }) => [...(permissions ?? []), ...(collectionIds ?? [])].join(' ') },
          ],
          'There are no API tokens.',
        ),
      );
    },
  },
  {
    words: 'token create',
    summary: 'Make an API token for a script; it is shown once',
    arguments: ['<name>'],
    options: {
      '--days <days>': ['how long it is valid', '365'],
      '--permission <permission...>': 'only these of your permissions',
      '--collection <collection...>': 'only on the devices of these collections',
    },
    help: '`ostler access show` lists your permissions.\n\n  ostler token create rollout --days 30 --permission deployments.read runs.read',
    run: async (context, [name = ''], values) => {
      const [permissions, collections] = [texts(values, 'permission').map(permissionOf), texts(values, 'collection')];
      const collectionIds = await Promise.all(collections.map((each) => resolveId(context, 'collection', each)));
      const limits = {
        permissions: permissions.length === 0 ? null : permissions,
        collectionIds: collectionIds.length === 0 ? null : collectionIds,
      };
      const body = { name, expiresInDays: Number(text(values, 'days')), ...limits };
      const created = await context.client.call('tokens.create', { body }, context.signal);
      context.output.result(created, () => created.token);
    },
  },
  {
    words: 'token revoke',
    summary: 'Revoke an API token',
    arguments: ['<token>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'token', name);
      await context.client.call('tokens.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The token ${name} is revoked.`);
    },
  },
  {
    words: 'job list',
    summary: 'List jobs, newest first',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('jobs.list', { query: {} }, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'KIND', value: ({ kind }) => kind },
            { title: 'SUBJECT', value: ({ subject }) => subject },
            { title: 'STATE', value: ({ state }) => state },
            { title: 'CREATED', value: ({ createdAt }) => createdAt },
            { title: 'ERROR', value: ({ error }) => error?.message ?? '' },
          ],
          'There are no jobs.',
        ),
      );
    },
  },
  {
    words: 'job watch',
    summary: 'Follow a job to its end',
    arguments: ['<job>'],
    run: async (context, [id = '']) => {
      const job = await followJob(context, await context.client.call('jobs.get', { params: { id } }, context.signal));
      context.output.result(job, () => `${job.subject}: ${job.state}`);
    },
  },
  {
    words: 'job cancel',
    summary: 'Cancel a job that has not ended',
    arguments: ['<job>'],
    run: async ({ client, output, signal }, [id = '']) => {
      const job = await client.call('jobs.cancel', { params: { id } }, signal);
      output.result(job, () => `${job.subject}: ${job.state}`);
    },
  },
];
