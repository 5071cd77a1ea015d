/** `ostler-client …`: what the administrator of a computer with a client calls there. It is a mode of the agent's own program, like tsenv. */
import { parseArgs } from 'node:util';
import {
  answeredError,
  ApiError,
  isOstlerError,
  OstlerError,
  toErrorBody,
  windowWaitText,
  type ClientDeployment,
  type ClientOffer,
  type VariableAnswer,
} from '@ostler/contract';
import type { ClientFile } from '../config.ts';
import { unitName } from '../install-agent.ts';
import type { ServerLink } from '../server-link.ts';

export interface CommandWorld {
  /** The words after `ostler-client`. */
  readonly args: readonly string[];
  readonly isRoot: boolean;
  readonly readClient: () => Promise<ClientFile | null>;
  /** A line with the client's key that trusts its site. */
  readonly connect: (client: ClientFile) => Promise<Pick<ServerLink, 'call'>>;
  /** Enrols and installs; settles with the sentence for the person. */
  readonly enrol: (values: { readonly server: string; readonly caFile: string; readonly token: string | undefined }) => Promise<string>;
  /** Takes the client off this computer. */
  readonly uninstall: () => Promise<void>;
  readonly runProgram: (program: string, args: readonly string[]) => Promise<void>;
  readonly readInput: () => Promise<string>;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
  readonly signal: AbortSignal;
}

const usage = `ostler-client is the client of this computer's Ostler site.

  ostler-client list [--json]             what may be begun here
  ostler-client run NAME [VARIABLE=VALUE]  begin it now; VARIABLE=- takes the value from standard input
  ostler-client status [--json]           the site, and what runs
  ostler-client poll                      ask the site now instead of at the next interval
  ostler-client remove                    take the client off this computer
`;

interface Given {
  readonly words: readonly string[];
  readonly json: boolean;
  /** What the site's install script gives. */
  readonly enrolment: Parameters<CommandWorld['enrol']>[0];
  readonly world: CommandWorld;
}
type Verb = (given: Given) => Promise<void>;

const verbs: Readonly<Record<string, Verb>> = {
  enrol: async ({ enrolment, world }) => {
    world.print(`${await world.enrol(enrolment)}\n`);
  },
  list: async ({ json, world }) => {
    const { items } = await (await site(world)).call('client.offer', {}, patience(world));
    world.print(json ? `${JSON.stringify(items)}\n` : table(items));
  },
  run: async ({ words: [name = '', ...assignments], world }) => {
    const link = await site(world);
    const { items } = await link.call('client.offer', {}, patience(world));
    const chosen = items.find((each) => each.deploymentId === name || each.name.toLowerCase() === name.toLowerCase());
    if (chosen === undefined) throw new OstlerError('CLIENT_DEPLOYMENT_UNKNOWN', { name });
    const answers = await Promise.all(assignments.map((each) => answerOf(each, world)));
    const { runId } = await link.call('client.begin', { body: { deploymentId: chosen.deploymentId, answers } }, patience(world));
    await world.runProgram('systemctl', ['reload', unitName]);
    world.print(`${chosen.name} begins: ${runId}. Follow it with: journalctl --follow --unit ${unitName}\n`);
  },
  status: async ({ json, world }) => {
    const offer = await (await site(world)).call('client.offer', {}, patience(world));
    const server = (await world.readClient())?.server ?? '';
    world.print(json ? `${JSON.stringify({ server, ...offer })}\n` : statusText(server, offer));
  },
  poll: async ({ world }) => {
    await site(world);
    await world.runProgram('systemctl', ['reload', unitName]);
  },
  remove: async ({ world }) => {
    const link = await site(world);
    await link.call('client.leave', {}, patience(world)).catch((error: unknown) => {
      if (!isOstlerError(error)) throw error;
      world.complain(`The site could not be told: ${error.message}\n`);
    });
    await world.uninstall();
    world.print('The client is removed.\n');
  },
};

/** @returns the exit code: 0 done, 1 refused, 2 used wrongly */
export async function runClientCommand(world: CommandWorld): Promise<number> {
  const { isRoot, complain } = world;
  const words = parseWords(world.args);
  if (words === null) {
    complain(usage);
    return 2;
  }
  try {
    if (!isRoot) throw new OstlerError('CLIENT_NEEDS_ROOT', {});
    await words.run({ ...words, world });
    return 0;
  } catch (error) {
    const { message, hint } = toErrorBody(known(error));
    complain(`${message}${hint === undefined ? '' : `\n${hint}`}\n`);
    return 1;
  }
}

const options = { server: { type: 'string' }, ca: { type: 'string' }, token: { type: 'string' }, json: { type: 'boolean' } } as const;

function parseWords(args: readonly string[]): (Omit<Given, 'world'> & { readonly run: Verb }) | null {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [verb = '', ...words] = positionals;
    const run = verbs[verb];
    const { json = false, server = '', ca = '', token } = values;
    return run === undefined ? null : { run, words, json, enrolment: { server, caFile: ca, token } };
  } catch {
    return null;
  }
}

/** @throws OstlerError CLIENT_NOT_ENROLLED */
async function site({ readClient, connect }: CommandWorld): Promise<Pick<ServerLink, 'call'>> {
  const client = await readClient();
  if (client === null) throw new OstlerError('CLIENT_NOT_ENROLLED', {});
  const link = await connect(client);
  return {
    call: (name, request, each) =>
      link.call(name, request, each).catch((error: unknown) => {
        const ended = isOstlerError(error) && error.code === 'UNAUTHENTICATED';
        throw ended ? new OstlerError('CLIENT_KEY_ENDED', { server: client.server }, { cause: error }) : error;
      }),
  };
}

function patience({ signal }: CommandWorld) {
  return { signal, patienceMs: 20_000 };
}

function known(error: unknown): unknown {
  return error instanceof ApiError ? (answeredError(error.body, { cause: error }) ?? error) : error;
}

async function answerOf(assignment: string, { readInput }: CommandWorld): Promise<VariableAnswer> {
  const at = assignment.indexOf('=');
  const [name, value] = at === -1 ? [assignment, ''] : [assignment.slice(0, at), assignment.slice(at + 1)];
  return { name, value: value === '-' ? (await readInput()).replace(/\r?\n$/, '') : value };
}

function table(items: readonly ClientDeployment[]): string {
  if (items.length === 0) return 'Nothing is offered to this computer.\n';
  const rows = [
    ['NAME', 'PURPOSE', 'BEGINS IN', 'LAST RUN', 'DESCRIPTION'],
    ...items.map(({ name, purpose, startsIn, lastRun, description }) => {
      return [name, purpose, startsIn === 'boot-image' ? 'boot environment' : 'installed system', lastRun ?? 'never', description];
    }),
  ];
  const widths = rows[0]?.map((_title, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function statusText(server: string, { siteName, deviceName, running, waitsForWindow, items }: ClientOffer): string {
  const waits = waitsForWindow === null ? '' : `, ${windowWaitText(waitsForWindow)}`;
  return `site      ${siteName} (${server})\ncomputer  ${deviceName}\nrunning   ${running ?? 'nothing'}${waits}\noffered   ${items.length}\n`;
}
