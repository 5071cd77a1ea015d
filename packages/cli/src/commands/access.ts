/** Commands for roles, security scopes, and what one may do. */
import { OstlerError, Permission, ScopedType, type EffectiveRight, type Role } from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext } from '../command.ts';
import { formatTable } from '../output.ts';
import { resolveId, type Kind } from '../resolve.ts';

/** @throws OstlerError BAD_REQUEST */
export function permissionOf(given: string): Permission {
  const parsed = Permission.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new OstlerError('BAD_REQUEST', { problem: `there is no permission ${given}; ostler role show full-administrator lists them` });
}

function rightsTable(rights: readonly EffectiveRight[]): string {
  const where = (ids: readonly string[] | null) => ids?.join(' ') ?? 'all';
  return formatTable(
    rights,
    [
      { title: 'PERMISSION', value: ({ permission }) => permission },
      { title: 'SECURITY SCOPES', value: ({ scopeIds }) => where(scopeIds) },
      { title: 'COLLECTIONS', value: ({ collectionIds }) => where(collectionIds) },
    ],
    'This account has no role.',
  );
}

const accessCommands: readonly ApiCommand[] = [
  {
    words: 'access show',
    summary: 'Show what you may do, or what another account may do',
    arguments: ['[account]'],
    run: async (context, [name]) => {
      const { client, output, signal } = context;
      const params = name === undefined ? null : { id: await resolveId(context, 'account', name) };
      const { items } =
        params === null ? await client.call('access.rights', {}, signal) : await client.call('accounts.rights', { params }, signal);
      output.result(items, () => rightsTable(items));
    },
  },
  {
    words: 'access check',
    summary: 'Ask whether you may do something, on any object or on one',
    arguments: ['<permission>', '[id]'],
    help: 'It ends with exit code 1 where you may not.\n\n  ostler access check deployments.create\n  ostler access check devices.modify device-0123456789abcdef0123',
    run: async ({ client, output, signal }, [permission = '', objectId]) => {
      const answer = await client.call(
        'access.mayI',
        { body: { permission: permissionOf(permission), objectId: objectId ?? null } },
        signal,
      );
      output.result(answer, () => `${answer.allowed ? 'Yes' : 'No'}. ${answer.reason}`);
      if (!answer.allowed) process.exitCode = 1;
    },
  },
];

async function findRole(context: CommandContext, name: string): Promise<Role> {
  const id = await resolveId(context, 'role', name);
  const { items } = await context.client.call('roles.list', {}, context.signal);
  // Safe: the id was found in this very list.
  return items.find((role) => role.id === id) as Role;
}

const roleCommands: readonly ApiCommand[] = [
  {
    words: 'role list',
    summary: 'List the roles',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('roles.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'NAME', value: ({ name }) => name },
            { title: 'BUILT IN', value: ({ builtIn }) => (builtIn ? 'yes' : 'no') },
            { title: 'DESCRIPTION', value: ({ description }) => description },
          ],
          'There are no roles.',
        ),
      );
    },
  },
  {
    words: 'role show',
    summary: 'Show the permissions of a role',
    arguments: ['<role>'],
    run: async (context, [name = '']) => {
      const role = await findRole(context, name);
      context.output.result(role, () => [role.name, role.description, '', ...role.permissions].join('\n'));
    },
  },
  {
    words: 'role create',
    summary: 'Make a role: a copy of another one, with permissions added and taken away',
    arguments: ['<name>'],
    options: {
      '--copy <role>': 'begin with the permissions of this role',
      '--add <permission...>': 'permissions that it has besides',
      '--remove <permission...>': 'permissions that it has not',
      '--description <text>': 'what it is for',
    },
    help: '  ostler role create "Service desk with keys" --copy "Service desk" --add recovery-keys.read recovery-keys.reveal',
    run: async (context, [name = ''], values) => {
      const copied = text(values, 'copy');
      const base = copied === undefined ? [] : (await findRole(context, copied)).permissions;
      const removed = texts(values, 'remove').map(permissionOf);
      const permissions = [...base, ...texts(values, 'add').map(permissionOf)].filter((permission) => !removed.includes(permission));
      const body = { name, permissions, description: text(values, 'description') ?? '' };
      const role = await context.client.call('roles.create', { body }, context.signal);
      context.output.result(role, () => `The role ${role.name} has ${role.permissions.length} permissions: ${role.id}.`);
    },
  },
  {
    words: 'role delete',
    summary: 'Delete a role that no account has',
    arguments: ['<role>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'role', name);
      await context.client.call('roles.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => 'Deleted.');
    },
  },
];

/** What can be put into a scope, as people name it. */
const scopedKinds: Readonly<Record<ScopedType, Kind>> = {
  'task-sequences': 'task sequence',
  images: 'image',
  packages: 'package',
  'boot-images': 'boot image',
  applications: 'application',
  deployments: 'deployment',
};

async function scopedObject(context: CommandContext, scope: string, type: string, object: string) {
  const parsed = ScopedType.safeParse(type);
  if (!parsed.success) throw new OstlerError('BAD_REQUEST', { problem: `the kind is one of ${ScopedType.options.join(', ')}` });
  const id = await resolveId(context, 'security scope', scope);
  return { id, type: parsed.data, objectId: await resolveId(context, scopedKinds[parsed.data], object) };
}

const objectArguments = ['<scope>', '<kind>', '<object>'];
const objectHelp = `The kind is one of ${ScopedType.options.join(', ')}.\n\n  ostler scope add "Branch Graz" task-sequences "Install Debian"`;
const scopeCommands: readonly ApiCommand[] = [
  {
    words: 'scope list',
    summary: 'List the security scopes',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('securityScopes.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'NAME', value: ({ name }) => name },
            { title: 'DESCRIPTION', value: ({ description }) => description },
          ],
          'There are no security scopes.',
        ),
      );
    },
  },
  {
    words: 'scope show',
    summary: 'List the objects in a security scope',
    arguments: ['<scope>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'security scope', name);
      const { items } = await context.client.call('securityScopes.objects', { params: { id } }, context.signal);
      const columns = [
        { title: 'KIND', value: ({ type }: { type: string }) => type },
        { title: 'ID', value: (item: { id: string }) => item.id },
      ];
      context.output.result(items, () => formatTable(items, columns, 'Nothing was put into it.'));
    },
  },
  {
    words: 'scope create',
    summary: 'Make a security scope',
    arguments: ['<name>'],
    options: { '--description <text>': 'what it is for' },
    run: async ({ client, output, signal }, [name = ''], values) => {
      const scope = await client.call('securityScopes.create', { body: { name, description: text(values, 'description') ?? '' } }, signal);
      output.result(scope, () => `The security scope ${scope.name} is ${scope.id}.`);
    },
  },
  {
    words: 'scope delete',
    summary: 'Delete a security scope that no account is limited to',
    arguments: ['<scope>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'security scope', name);
      await context.client.call('securityScopes.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => 'Deleted.');
    },
  },
  {
    words: 'scope add',
    summary: 'Put an object into a security scope; it leaves the default one',
    arguments: objectArguments,
    help: objectHelp,
    run: async (context, [scope = '', kind = '', object = '']) => {
      const params = await scopedObject(context, scope, kind, object);
      await context.client.call('securityScopes.addObject', { params }, context.signal);
      context.output.result(params, () => 'Done.');
    },
  },
  {
    words: 'scope remove',
    summary: 'Take an object out of a security scope',
    arguments: objectArguments,
    help: objectHelp,
    run: async (context, [scope = '', kind = '', object = '']) => {
      const params = await scopedObject(context, scope, kind, object);
      await context.client.call('securityScopes.removeObject', { params }, context.signal);
      context.output.result(params, () => 'Done.');
    },
  },
];

export const accessCommandList: readonly ApiCommand[] = [...accessCommands, ...roleCommands, ...scopeCommands];
