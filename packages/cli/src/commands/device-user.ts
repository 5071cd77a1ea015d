/** `ostler device user`: who computers are for. */
import type { DeviceUser, RouteRequest } from '@ostler/contract';
import { text, type ApiCommand, type CommandContext } from '../command.ts';
import { formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';

const limits = 'It says who a computer is for, and proves nothing: nobody asks whether there is such a user, or who signs in there.';

export function deviceUserTable(users: readonly DeviceUser[], none: string): string {
  return formatTable(
    users,
    [
      { title: 'USER', value: ({ user }) => user },
      { title: 'COMPUTER', value: ({ deviceName }) => deviceName },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'NAMED BY', value: ({ source, namedBy }) => `${sourceWords[source]} ${namedBy}` },
      { title: 'AT', value: ({ namedAt }) => namedAt },
      { title: 'APPROVED BY', value: ({ approvedBy }) => approvedBy },
    ],
    none,
  );
}

const sourceWords: Readonly<Record<DeviceUser['source'], string>> = {
  administrator: 'account',
  import: 'import by',
  'task-sequence': 'task sequence',
};

type UserQuery = RouteRequest<'deviceUsers.list'>['query'];

/** Of the whole site, page after page to the end. */
async function everyUser({ client, signal }: CommandContext, query: UserQuery): Promise<DeviceUser[]> {
  const items: DeviceUser[] = [];
  let after: string | undefined;
  do {
    const page = await client.call('deviceUsers.list', { query: { ...query, limit: 1000, after } }, signal);
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return items;
}

const listCommand: ApiCommand = {
  words: 'device user list',
  summary: 'List who a computer, or every computer, is for, and who waits to be approved',
  arguments: ['[device]'],
  options: { '--pending': 'only those that wait for approval', '--user <user>': 'only this one' },
  help: `${limits}

  ostler device user list PC-1
  ostler device user list --pending
  ostler device user list --user 'CORP\\anna'`,
  run: async (context, [name], values) => {
    const state = values['pending'] === true ? ('pending' as const) : undefined;
    const user = text(values, 'user');
    const found = await (name === undefined ? everyUser(context, { state, user }) : ofDevice(context, name));
    const items = found.filter(
      (each) => each.state === (state ?? each.state) && each.user.toLowerCase() === (user ?? each.user).toLowerCase(),
    );
    context.output.result(items, () => deviceUserTable(items, state === 'pending' ? 'Nobody waits.' : 'There are no users.'));
  },
};

async function ofDevice(context: CommandContext, name: string): Promise<DeviceUser[]> {
  const id = await resolveId(context, 'device', name);
  return (await context.client.call('deviceUsers.ofDevice', { params: { id } }, context.signal)).items;
}

type Verb = 'add' | 'approve' | 'reject' | 'remove';
interface Change {
  readonly summary: string;
  readonly done: (device: string, user: string) => string;
  readonly call: (context: CommandContext, id: string, user: string) => Promise<unknown>;
}

const changes: Readonly<Record<Verb, Change>> = {
  add: {
    summary: 'Say that a computer is for a user',
    done: (device, user) => `${device} is for ${user}.`,
    call: ({ client, signal }, id, user) => client.call('deviceUsers.add', { params: { id }, body: { user } }, signal),
  },
  approve: {
    summary: 'Confirm a user that a task sequence has named',
    done: (device, user) => `${device} is for ${user}.`,
    call: ({ client, signal }, id, user) => client.call('deviceUsers.approve', { params: { id, user } }, signal),
  },
  reject: {
    summary: 'Drop a user that a task sequence has named; a later run may name it again',
    done: (device, user) => `${device} is not for ${user}.`,
    call: ({ client, signal }, id, user) => client.call('deviceUsers.reject', { params: { id, user } }, signal),
  },
  remove: {
    summary: 'Say that a computer is not for a user any more',
    done: (device, user) => `${device} is not for ${user} any more.`,
    call: ({ client, signal }, id, user) => client.call('deviceUsers.remove', { params: { id, user } }, signal),
  },
};

export const deviceUserCommands: readonly ApiCommand[] = [
  listCommand,
  ...Object.entries(changes).map(([verb, { summary, done, call }]): ApiCommand => ({
    words: `device user ${verb}`,
    summary,
    arguments: ['<device>', '<user>'],
    help: `${limits}\n\n  ostler device user ${verb} PC-1 'CORP\\anna'`,
    run: async (context, [name = '', user = '']) => {
      const answer = await call(context, await resolveId(context, 'device', name), user);
      context.output.result(answer, () => done(name, user));
    },
  })),
];
