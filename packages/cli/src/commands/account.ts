/** Commands for accounts: who may sign in, and with which roles on what. */
import type { Account, Assignment } from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';

export const limits = {
  '--scope <scope...>': 'only on objects in these security scopes',
  '--collection <collection...>': 'only on the devices of these collections',
};

async function resolveAll(
  context: CommandContext,
  kind: 'security scope' | 'collection',
  names: readonly string[],
): Promise<string[] | null> {
  if (names.length === 0) return null;
  return Promise.all(names.map((name) => resolveId(context, kind, name)));
}

export async function assignmentOf(context: CommandContext, role: string, values: Values): Promise<Assignment> {
  return {
    roleId: await resolveId(context, 'role', role),
    scopeIds: await resolveAll(context, 'security scope', texts(values, 'scope')),
    collectionIds: await resolveAll(context, 'collection', texts(values, 'collection')),
  };
}

async function findAccount(context: CommandContext, nameOrId: string): Promise<Account> {
  const id = await resolveId(context, 'account', nameOrId);
  const { items } = await context.client.call('accounts.list', {}, context.signal);
  // Safe: the id was found in this very list.
  return items.find((account) => account.id === id) as Account;
}

/** `service-desk on collection-1`: a role, and on what. */
export function describeAssignment({ roleId, scopeIds, collectionIds }: Assignment): string {
  const places = [...(scopeIds ?? []), ...(collectionIds ?? [])];
  const limited = scopeIds !== null || collectionIds !== null;
  return limited ? `${roleId} on ${places.length === 0 ? 'nothing' : places.join(', ')}` : roleId;
}

function accountTable(accounts: readonly Account[]): string {
  return formatTable(
    accounts,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'NAME', value: ({ name }) => name },
      { title: 'STATE', value: stateOf },
      { title: 'SECOND FACTOR', value: ({ secondFactor }) => (secondFactor ? 'yes' : 'no') },
      { title: 'ROLES', value: ({ assignments }) => assignments.map(describeAssignment).join('; ') },
    ],
    'There are no accounts.',
  );
}

function stateOf({ disabled, mustChangePassword }: Account): string {
  if (disabled) return 'disabled';
  return mustChangePassword ? 'has its one-time password' : 'enabled';
}

async function replaceAssignments(context: CommandContext, { id }: Account, assignments: Assignment[]): Promise<void> {
  const account = await context.client.call('accounts.update', { params: { id }, body: { assignments } }, context.signal);
  context.output.result(account, () => accountTable([account]));
}

async function setDisabled(context: CommandContext, name: string, disabled: boolean): Promise<void> {
  const id = await resolveId(context, 'account', name);
  const account = await context.client.call('accounts.update', { params: { id }, body: { disabled } }, context.signal);
  context.output.result(account, () => `The account ${account.name} is ${disabled ? 'disabled: its sessions have ended' : 'enabled'}.`);
}

const roleCommands: readonly ApiCommand[] = [
  {
    words: 'account assign',
    summary: 'Give an account one more role, on everything or on some objects',
    arguments: ['<account>', '<role>'],
    options: limits,
    help: '`ostler role list` shows the roles.\n\n  ostler account assign maria "Service desk" --collection "Branch Graz"',
    run: async (context, [name = '', role = ''], values) => {
      const account = await findAccount(context, name);
      await replaceAssignments(context, account, [...account.assignments, await assignmentOf(context, role, values)]);
    },
  },
  {
    words: 'account unassign',
    summary: 'Take a role from an account, wherever it has it',
    arguments: ['<account>', '<role>'],
    run: async (context, [name = '', role = '']) => {
      const account = await findAccount(context, name);
      const roleId = await resolveId(context, 'role', role);
      const left = account.assignments.filter((assignment) => assignment.roleId !== roleId);
      await replaceAssignments(context, account, left);
    },
  },
];

export const accountCommands: readonly ApiCommand[] = [
  {
    words: 'account list',
    summary: 'List the accounts with their roles',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('accounts.list', {}, signal);
      output.result(items, () => accountTable(items));
    },
  },
  {
    words: 'account create',
    summary: 'Make an account; its one-time password is shown once, unless it signs in with a provider',
    arguments: ['<name>'],
    options: {
      '--role <role>': 'its first role',
      '--provider <name>': 'it signs in with this identity provider, and is whoever has its name there at the first sign-in',
      ...limits,
    },
    help: 'Without a role it may sign in and see itself.\n\n  ostler account create maria --role "Service desk" --collection "Branch Graz"',
    run: async (context, [name = ''], values) => {
      const role = text(values, 'role');
      const assignments = role === undefined ? [] : [await assignmentOf(context, role, values)];
      const provider = text(values, 'provider');
      const identityProviderId = provider === undefined ? null : await resolveId(context, 'identity provider', provider);
      const body = { name, assignments, identityProviderId };
      const { account, password } = await context.client.call('accounts.create', { body }, context.signal);
      context.output.result({ account, password }, () =>
        password === null
          ? `The account ${name} signs in with: ostler login --provider ${provider ?? ''}`
          : `The account ${name} has the one-time password ${password}\nIt must be changed at the first sign-in.`,
      );
    },
  },
  {
    words: 'account disable',
    summary: 'Let an account sign in no more; its sessions end and its API tokens rest',
    arguments: ['<account>'],
    run: (context, [name = '']) => setDisabled(context, name, true),
  },
  {
    words: 'account enable',
    summary: 'Let a disabled account sign in again',
    arguments: ['<account>'],
    run: (context, [name = '']) => setDisabled(context, name, false),
  },
  {
    words: 'account reset-password',
    summary: 'Give an account a new one-time password; its sessions end',
    arguments: ['<account>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'account', name);
      const { password } = await context.client.call('accounts.resetPassword', { params: { id } }, context.signal);
      context.output.result({ password }, () => `The one-time password is ${password}`);
    },
  },
  {
    words: 'account remove-second-factor',
    summary: 'Let somebody who lost it sign in with the password alone; their sessions end',
    arguments: ['<account>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'account', name);
      await context.client.call('accounts.removeSecondFactor', { params: { id } }, context.signal);
      context.output.result({ id }, () => `${name} signs in with the password alone.`);
    },
  },
  {
    words: 'account delete',
    summary: 'Delete an account with its sessions and API tokens',
    arguments: ['<account>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'account', name);
      await context.client.call('accounts.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => 'Deleted.');
    },
  },
  ...roleCommands,
];
