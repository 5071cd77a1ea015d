/**
 * `tsenv get|set|list`: how a script of a step reads and writes the run's variables. It is a mode of the agent's own program, so that it is
 * wherever the agent is. Exit codes: 0 done, 1 the variable is not set, 2 refused or used wrongly.
 */
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { OstlerError, toErrorBody } from '@ostler/contract';
import { VariableAnswer, VariableRequest } from './variable-messages.ts';

export interface TsenvWorld {
  /** The words after `tsenv`. */
  readonly args: readonly string[];
  /** Where the agent listens; undefined outside a step. */
  readonly socketPath: string | undefined;
  readonly readInput: () => Promise<string>;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

const usage = `tsenv reads and writes the variables of the running task sequence.

  tsenv get NAME             print a variable; exit code 1 if it is not set
  tsenv get --secret NAME    the same for a secret one
  tsenv set NAME VALUE       set a variable (also: tsenv set NAME=VALUE); an empty value deletes it
  tsenv set --secret NAME -  set a secret one; - takes the value from standard input
  tsenv list [--json]        print every variable, secret ones as ********
`;

type Verb = VariableRequest['command'];
interface Given {
  readonly names: readonly string[];
  readonly secret: boolean;
}
type RequestMakers = { readonly [V in Verb]: (given: Given, world: TsenvWorld) => Promise<unknown> };

const requestMakers: RequestMakers = {
  get: async ({ names: [name], secret }) => ({ command: 'get', name, secret }),
  set: async ({ names, secret }, { readInput }) => {
    const [name = '', given] = assignment(names);
    const value = given === '-' ? (await readInput()).replace(/\r?\n$/, '') : given;
    return { command: 'set', name, value, secret };
  },
  list: async () => ({ command: 'list' }),
};

type Printers = { readonly [K in VariableAnswer['kind']]: (answer: Extract<VariableAnswer, { kind: K }>, json: boolean) => Printed };
interface Printed {
  readonly exitCode: number;
  readonly output?: string;
  readonly complaint?: string;
}

const printers: Printers = {
  value: ({ value }) => (value === null ? { exitCode: 1 } : { exitCode: 0, output: `${value}\n` }),
  done: () => ({ exitCode: 0 }),
  list: ({ variables }, json) => ({
    exitCode: 0,
    output: json ? `${JSON.stringify(variables)}\n` : variables.map(({ name, value }) => `${name}=${value}\n`).join(''),
  }),
  error: ({ error: { message, hint } }) => ({ exitCode: 2, complaint: hint === undefined ? message : `${message} ${hint}` }),
};

/** @returns the exit code */
export async function runTsenv(world: TsenvWorld): Promise<number> {
  try {
    const { verb, names, secret, json } = parse(world.args);
    if (verb === undefined) {
      world.print(usage);
      return 2;
    }
    const made = VariableRequest.safeParse(await requestMakers[verb]({ names, secret }, world));
    if (!made.success) {
      world.complain(`${made.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}\n\n${usage}`);
      return 2;
    }
    const answer = await ask(made.data, world.socketPath);
    // Safe: the table has, for each kind, the function that takes exactly this answer.
    const print = printers[answer.kind] as (each: VariableAnswer, json: boolean) => Printed;
    const { exitCode, output, complaint } = print(answer, json);
    if (output !== undefined) world.print(output);
    if (complaint !== undefined) world.complain(`tsenv: ${complaint}\n`);
    return exitCode;
  } catch (error) {
    const { message, hint } = toErrorBody(error);
    world.complain(`tsenv: ${[message, hint].filter((each) => each !== undefined).join(' ')}\n`);
    return 2;
  }
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    // A value may begin with a dash: what follows the verb and its options is taken as it is.
    args: [...args],
    options: { secret: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [verb, ...names] = positionals;
  const known = Object.keys(requestMakers).find((each) => each === verb);
  return { verb: known as Verb | undefined, names, ...values };
}

/** `NAME VALUE` or `NAME=VALUE`. */
function assignment(names: readonly string[]): readonly (string | undefined)[] {
  const [first = '', second] = names;
  const equals = first.indexOf('=');
  return second !== undefined || equals < 0 ? [first, second] : [first.slice(0, equals), first.slice(equals + 1)];
}

/** @throws OstlerError TSENV_NO_STEP */
async function ask(request: VariableRequest, socketPath: string | undefined): Promise<VariableAnswer> {
  if (socketPath === undefined) throw new OstlerError('TSENV_NO_STEP', {});
  const socket = createConnection(socketPath);
  const failed = new Promise<never>((_resolve, reject) => {
    socket.once('error', (cause) => {
      reject(new OstlerError('TSENV_NO_STEP', {}, { cause }));
    });
  });
  socket.write(`${JSON.stringify(request)}\n`);
  return VariableAnswer.parse(JSON.parse(await Promise.race([text(socket), failed])));
}
