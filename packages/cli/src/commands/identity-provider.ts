/** Commands for identity providers: where people sign in with OpenID Connect instead of a password of the site. */
import { OstlerError, UpdateIdentityProvider, CreateIdentityProvider, type IdentityProvider } from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { readTextFile } from '../read-text-file.ts';
import { resolveId } from '../resolve.ts';
import { assignmentOf, describeAssignment, limits } from './account.ts';

const options = {
  '--issuer <url>': 'what the provider calls itself, for example https://login.example/realms/staff',
  '--client-id <id>': 'what the provider knows this site as',
  '--client-secret-file <file>': 'where the client secret stands; - is standard input',
  '--scope <scope...>': 'asked for beside openid (default: profile); some providers list groups only with one of its own',
  '--account-name-from <claim>': 'the claim that names the account (default: preferred_username)',
  '--groups-from <claim>': 'the claim that lists the groups (default: groups)',
  '--make-accounts <yes|no>': 'whether somebody who signs in for the first time gets an account (default: no)',
};

async function settingsOf(values: Values): Promise<object> {
  const secretFile = text(values, 'clientSecretFile');
  const makesAccounts = text(values, 'makeAccounts');
  const settings = {
    issuer: text(values, 'issuer'),
    clientId: text(values, 'clientId'),
    clientSecret: secretFile === undefined ? undefined : (await readTextFile(secretFile)).trimEnd(),
    scopes: values['scope'] === undefined ? undefined : texts(values, 'scope'),
    accountNameFrom: text(values, 'accountNameFrom'),
    groupsFrom: text(values, 'groupsFrom'),
    makesAccounts: makesAccounts === 'yes' || makesAccounts === 'no' ? makesAccounts === 'yes' : makesAccounts,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function parsed<T>(result: { success: true; data: T } | { success: false; error: { issues: readonly Issue[] } }): T {
  if (result.success) return result.data;
  const problem = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new OstlerError('BAD_REQUEST', { problem });
}
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function describeProvider({ groupRules, redirectUri, ...provider }: IdentityProvider): string {
  const rules = formatTable(
    groupRules,
    [
      { title: 'GROUP', value: ({ group }) => group },
      { title: 'ROLES', value: ({ assignments }) => assignments.map(describeAssignment).join('; ') },
    ],
    'No group has a role: roles are given to accounts with `ostler account assign`.',
  );
  return `${formatFacts(provider)}\n\nTell the provider this redirect address: ${redirectUri}\n\n${rules}`;
}

async function find(context: CommandContext, name: string): Promise<IdentityProvider> {
  const id = await resolveId(context, 'identity provider', name);
  return context.client.call('identityProviders.get', { params: { id } }, context.signal);
}

async function update(context: CommandContext, id: string, body: UpdateIdentityProvider): Promise<void> {
  const provider = await context.client.call('identityProviders.update', { params: { id }, body }, context.signal);
  context.output.result(provider, () => describeProvider(provider));
}

const ruleCommands: readonly ApiCommand[] = [
  {
    words: 'identity-provider map',
    summary: 'Give the people of a group one more role, on everything or on some objects',
    arguments: ['<provider>', '<group>', '<role>'],
    options: limits,
    help:
      'With any group mapped, an account has at each sign-in the roles of its groups, and whoever is in none is refused.\n\n' +
      '  ostler identity-provider map corp site-operators Operator\n  ostler identity-provider map corp desk-graz "Service desk" --collection "Branch Graz"',
    run: async (context, [name = '', group = '', role = ''], values) => {
      const { id, groupRules } = await find(context, name);
      const assignment = await assignmentOf(context, role, values);
      const has = groupRules.find((rule) => rule.group === group);
      const others = groupRules.filter((rule) => rule !== has);
      await update(context, id, { groupRules: [...others, { group, assignments: [...(has?.assignments ?? []), assignment] }] });
    },
  },
  {
    words: 'identity-provider unmap',
    summary: 'Take every role from a group',
    arguments: ['<provider>', '<group>'],
    run: async (context, [name = '', group = '']) => {
      const { id, groupRules } = await find(context, name);
      const left = groupRules.filter((rule) => rule.group !== group);
      if (left.length === groupRules.length) throw new OstlerError('NOT_FOUND', { kind: 'group with a role', id: group });
      await update(context, id, { groupRules: left });
    },
  },
];

export const identityProviderCommands: readonly ApiCommand[] = [
  {
    words: 'identity-provider list',
    summary: 'List the identity providers',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('identityProviders.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'NAME', value: ({ name }) => name },
            { title: 'ISSUER', value: ({ issuer }) => issuer },
            { title: 'MAKES ACCOUNTS', value: ({ makesAccounts }) => (makesAccounts ? 'yes' : 'no') },
            { title: 'GROUPS', value: ({ groupRules }) => groupRules.map(({ group }) => group).join(' ') },
          ],
          'There are no identity providers.',
        ),
      );
    },
  },
  {
    words: 'identity-provider show',
    summary: 'Show an identity provider: its settings, the redirect address to tell it, its groups',
    arguments: ['<provider>'],
    run: async (context, [name = '']) => {
      const provider = await find(context, name);
      context.output.result(provider, () => describeProvider(provider));
    },
  },
  {
    words: 'identity-provider create',
    summary: 'Let people sign in with an identity provider (OpenID Connect)',
    arguments: ['<name>'],
    options,
    help:
      'Register a web application at the provider first; the redirect address to give it is printed here.\n\n' +
      '  ostler identity-provider create corp --issuer https://login.example/realms/staff --client-id ostler --client-secret-file secret.txt\n' +
      '  ostler identity-provider map corp site-operators Operator\n  ostler login https://ostler.example:8443 --provider corp',
    run: async (context, [name = ''], values) => {
      const body = parsed(CreateIdentityProvider.safeParse({ name, ...(await settingsOf(values)) }));
      const provider = await context.client.call('identityProviders.create', { body }, context.signal);
      context.output.result(provider, () => describeProvider(provider));
    },
  },
  {
    words: 'identity-provider set',
    summary: 'Change settings of an identity provider',
    arguments: ['<provider>'],
    options,
    run: async (context, [name = ''], values) => {
      const body = parsed(UpdateIdentityProvider.safeParse(await settingsOf(values)));
      await update(context, await resolveId(context, 'identity provider', name), body);
    },
  },
  {
    words: 'identity-provider delete',
    summary: 'Delete an identity provider that no account signs in with',
    arguments: ['<provider>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'identity provider', name);
      await context.client.call('identityProviders.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => 'Deleted.');
    },
  },
  ...ruleCommands,
];
