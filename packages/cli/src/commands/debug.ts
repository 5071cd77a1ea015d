/** Commands for the debugger of a run: where it waits, and what it is told. */
import { setTimeout } from 'node:timers/promises';
import { OstlerError, type DebugSession, type GiveDebugCommand } from '@ostler/contract';
import { text, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { formatTable } from '../output.ts';
import { readTextFile } from '../read-text-file.ts';
import { breakpointsText, sessionText } from './debug-text.ts';

const askEveryMs = 500;

/** What needs no stop: it is right whenever it arrives. */
type Anytime = Exclude<GiveDebugCommand, { at: number }>;
/** What moves a run or changes it where it waits. Distributed over the kinds, so that each keeps its own fields. */
type WithoutStop<C> = C extends { at: number } ? Omit<C, 'at'> : never;

/** Asks until the run has taken the command. @throws OstlerError with the reason where the run has refused it */
async function give(context: CommandContext, id: string, body: GiveDebugCommand, values: Values): Promise<void> {
  const { order, session: before } = await context.client.call('runs.debug', { params: { id }, body }, context.signal);
  const taken = await askUntil(context, id, ({ runState, pending }) => runState !== 'running' || !pending.includes(order));
  const refusal = taken.settled.find(({ number }) => number === order)?.error ?? null;
  if (refusal !== null) throw new OstlerError('DEBUG_COMMAND_REFUSED', { id, command: body.command, problem: refusal.message });
  const isOver = ({ runState, waiting, stop }: DebugSession): boolean => runState !== 'running' || (waiting !== null && stop > before.stop);
  const shown = values['wait'] === true ? await askUntil(context, id, isOver) : taken;
  context.output.result(shown, () => sessionText(shown));
}

async function giveAt(context: CommandContext, id: string, body: WithoutStop<GiveDebugCommand>, values: Values): Promise<void> {
  const wanted = text(values, 'at');
  const at = wanted === undefined ? (await session(context, id)).stop : Number(wanted);
  if (!Number.isInteger(at)) throw new OstlerError('BAD_REQUEST', { problem: `--at ${wanted ?? ''} is no number of a stop` });
  await give(context, id, { ...body, at }, values);
}

function session({ client, signal }: CommandContext, id: string): Promise<DebugSession> {
  return client.call('runs.debugger', { params: { id } }, signal);
}

async function askUntil(context: CommandContext, id: string, wanted: (session: DebugSession) => boolean): Promise<DebugSession> {
  for (;;) {
    const now = await session(context, id);
    if (wanted(now)) return now;
    await setTimeout(askEveryMs, undefined, { signal: context.signal });
  }
}

const at = { '--at <stop>': 'only at this stop, as `debug show` numbers it; without it, at the one where the run waits now' };
const wait = { '--wait': 'until the run waits again or has ended' };
const stepHelp = 'A step or group is given by its name or its place: 2.1 is the first in the second group.';

function anytime(
  verb: string,
  summary: string,
  command: Anytime & { command: 'clear-breakpoints' | 'stop' | 'quit' },
  help?: string,
): ApiCommand {
  const options = command.command === 'stop' ? wait : {};
  return {
    words: `debug ${verb}`,
    summary,
    arguments: ['<run>'],
    options,
    ...(help === undefined ? {} : { help }),
    run: (context, [id = ''], values) => give(context, id, command, values),
  };
}

function move(command: 'step' | 'run' | 'skip', summary: string): ApiCommand {
  return {
    words: `debug ${command}`,
    summary,
    arguments: ['<run>'],
    options: { ...at, ...wait },
    run: (context, [id = ''], values) => giveAt(context, id, { command }, values),
  };
}

async function changeBreakpoint(context: CommandContext, id: string, step: string | undefined, values: Values): Promise<void> {
  if (step !== undefined) return give(context, id, { command: 'set-breakpoint', step }, values);
  const now = await session(context, id);
  context.output.result(
    now.steps.filter(({ breakpoint }) => breakpoint),
    () => breakpointsText(now),
  );
}

export const debugCommands: readonly ApiCommand[] = [
  {
    words: 'debug show',
    summary: 'Show where the run waits, its steps with their marks, and how the last step ended',
    arguments: ['<run>'],
    help: 'Marks: * breakpoint, + done, ! failed, - skipped.',
    run: async (context, [id = '']) => {
      const now = await session(context, id);
      context.output.result(now, () => sessionText(now));
    },
  },
  move('step', 'Run the step at which the run waits, and stop before the next'),
  move('run', 'Go on to the next breakpoint, the next failure, or the end'),
  move('skip', 'Leave out the step or group at which the run waits'),
  {
    words: 'debug next',
    summary: 'Go on at another step, forward or back; the run stops there',
    arguments: ['<run>', '<step>'],
    options: { ...at, ...wait },
    help: stepHelp,
    run: (context, [id = '', step = ''], values) => giveAt(context, id, { command: 'set-next', step }, values),
  },
  {
    words: 'debug break',
    summary: 'Set a breakpoint, or list them; they outlive restarts',
    arguments: ['<run>', '[step]'],
    help: stepHelp,
    run: (context, [id = '', step], values) => changeBreakpoint(context, id, step, values),
  },
  {
    words: 'debug clear',
    summary: 'Take a breakpoint away, or all of them',
    arguments: ['<run>', '[step]'],
    help: stepHelp,
    run: (context, [id = '', step], values) =>
      give(context, id, step === undefined ? { command: 'clear-breakpoints' } : { command: 'clear-breakpoint', step }, values),
  },
  {
    words: 'debug variables',
    summary: 'List the variables where the run waits; secret ones without their values',
    arguments: ['<run>'],
    run: async (context, [id = '']) => {
      // The computer tells them just after it has stopped.
      const now = await askUntil(context, id, ({ waiting, variables }) => waiting === null || variables !== null);
      const columns = [
        { title: 'NAME', value: ({ name }: { name: string }) => name },
        { title: 'VALUE', value: ({ value, secret }: { value: string | null; secret: boolean }) => (secret ? '(secret)' : value) },
      ];
      context.output.result(now.variables ?? [], () => formatTable(now.variables ?? [], columns, 'The run does not wait in the debugger.'));
    },
  },
  {
    words: 'debug set',
    summary: 'Set a variable where the run waits',
    arguments: ['<run>', '<name>', '[value]'],
    options: { ...at, '--secret-file <file>': 'take the value from a file, and keep it secret' },
    help: 'An empty value deletes the variable.',
    run: async (context, [id = '', name = '', value], values) => {
      const file = text(values, 'secretFile');
      if ((file === undefined) === (value === undefined)) {
        throw new OstlerError('BAD_REQUEST', { problem: 'give a value or --secret-file' });
      }
      const given =
        file === undefined ? { value: value ?? '', secret: false } : { value: (await readTextFile(file)).trimEnd(), secret: true };
      await giveAt(context, id, { command: 'set-variable', name, ...given }, values);
    },
  },
  anytime('stop', 'Stop a run before its next step; one without a debugger gets one', { command: 'stop' }),
  anytime(
    'quit',
    'Let the run go on without the debugger',
    { command: 'quit' },
    'Where it waits at a failure, the run ends with that failure. Run the step again with: ostler debug run',
  ),
];
