/**
 * The debugger of a run (feature map §2.5): what it remembers, what people tell it, and what they see. It has one state, kept with the
 * engine's; the screen of the target and the API both drive it. A command that moves the run names the stop that it was meant for.
 */
import { z } from 'zod';
import { ErrorBody } from '../errors/ostler-error.ts';
import { VariableName } from './common.ts';
import { Failure, NodePath } from './node-path.ts';
import { Environment } from './step-options/index.ts';

/** Rises each time the run stops in the debugger. */
const StopNumber = z.number().int().nonnegative();

/** Why the run waits. `failed`: the step at the cursor did, and runs again when it is stepped over. */
export const DebugWait = z.discriminatedUnion('reason', [
  z.strictObject({ reason: z.literal('step') }),
  z.strictObject({ reason: z.literal('breakpoint') }),
  z.strictObject({ reason: z.literal('failed'), failure: Failure }),
]);
export type DebugWait = z.output<typeof DebugWait>;

/** An order of the site that has been obeyed, or was refused with this error. */
export const SettledOrder = z.strictObject({ number: z.number().int().positive(), error: ErrorBody.nullable() });
export type SettledOrder = z.output<typeof SettledOrder>;

/** What the debugger remembers, in the engine's state: it outlives restarts and power cuts. */
export const DebugState = z.strictObject({
  /** off: the run goes on by itself; stepping: it stops before each node; running: at breakpoints and failures only. */
  mode: z.enum(['off', 'stepping', 'running']),
  breakpoints: z.array(NodePath),
  stop: StopNumber,
  /** Set while the run waits at the cursor for a command. */
  waiting: DebugWait.nullable(),
  /** The newest orders of the site that are settled, oldest first. */
  settled: z.array(SettledOrder),
});
export type DebugState = z.output<typeof DebugState>;
export const noDebugger: DebugState = { mode: 'off', breakpoints: [], stop: 0, waiting: null, settled: [] };

/** What people may tell the debugger. A node is a path to the engine, and a name or a place to people. */
function commandsWith<N extends z.ZodRawShape>(node: N) {
  const at = { at: StopNumber };
  return z.discriminatedUnion('command', [
    /** Runs, enters or skips what is at the cursor, and stops before what follows. */
    z.strictObject({ command: z.literal('step'), ...at }),
    /** Goes on to the next breakpoint, the next failure, or the end. */
    z.strictObject({ command: z.literal('run'), ...at }),
    /** Leaves out what is at the cursor. */
    z.strictObject({ command: z.literal('skip'), ...at }),
    /** Goes on at another node, where it stops again. */
    z.strictObject({ command: z.literal('set-next'), ...at, ...node }),
    z.strictObject({
      command: z.literal('set-variable'),
      ...at,
      name: VariableName,
      value: z.string(),
      secret: z.boolean().default(false),
    }),
    z.strictObject({ command: z.literal('set-breakpoint'), ...node }),
    z.strictObject({ command: z.literal('clear-breakpoint'), ...node }),
    z.strictObject({ command: z.literal('clear-breakpoints') }),
    /** Stops a run before its next node; one without a debugger gets one. */
    z.strictObject({ command: z.literal('stop') }),
    /** Goes on without the debugger; where it waits at a failure, the run ends with that. */
    z.strictObject({ command: z.literal('quit') }),
  ]);
}

export const DebugCommand = commandsWith({ path: NodePath });
export type DebugCommand = z.output<typeof DebugCommand>;
/** `step`: the name of a step or group, or its place: `2.1` is the first node of the second group. */
export const GiveDebugCommand = commandsWith({ step: z.string().min(1).max(500) });
export type GiveDebugCommand = z.output<typeof GiveDebugCommand>;

/** A command on its way to the run, each number once. */
export const DebugOrder = z.strictObject({ number: z.number().int().positive(), command: DebugCommand });
export type DebugOrder = z.output<typeof DebugOrder>;

/** The step that ended last before the stop. */
export const DebugLast = z.strictObject({
  path: NodePath,
  stepName: z.string(),
  result: z.enum(['succeeded', 'failed', 'skipped']),
  exitCode: z.number().int().nullable(),
  /** The end of what it printed, masked; a skipped step's reason. */
  output: z.string().max(8000),
});
export type DebugLast = z.output<typeof DebugLast>;
/** A secret has no value here. */
export const DebugVariable = z.strictObject({ name: z.string(), value: z.string().nullable(), secret: z.boolean() });
export type DebugVariable = z.output<typeof DebugVariable>;

/** What only the target knows of a stop: sent when it begins and when a variable changes there. */
export const DebugView = z.strictObject({ stop: StopNumber, last: DebugLast.nullable(), variables: z.array(DebugVariable) });
export type DebugView = z.output<typeof DebugView>;

/** A group or step of the run with its marks. */
export const DebugNode = z.strictObject({
  path: NodePath,
  /** `2.1`: the first node of the second group. */
  place: z.string(),
  name: z.string(),
  type: z.string(),
  enabled: z.boolean(),
  /** What runs next, or is running. */
  current: z.boolean(),
  breakpoint: z.boolean(),
  outcome: DebugLast.shape.result.nullable(),
});
export type DebugNode = z.output<typeof DebugNode>;

/** The debugger of a run as people see it. */
export const DebugSession = z.strictObject({
  runId: z.string(),
  deviceName: z.string(),
  taskSequenceName: z.string(),
  runState: z.string(),
  environment: Environment,
  mode: DebugState.shape.mode,
  /** The stop that commands name with `at`. */
  stop: StopNumber,
  waiting: DebugWait.nullable(),
  steps: z.array(DebugNode),
  last: DebugLast.nullable(),
  /** Of this stop; null where the run does not wait, or has not told them yet. */
  variables: z.array(DebugVariable).nullable(),
  /** Numbers of commands that the run has not taken yet. */
  pending: z.array(z.number().int().positive()),
  settled: z.array(SettledOrder),
});
export type DebugSession = z.output<typeof DebugSession>;
/** `order`: its number, by which `settled` says what became of it. */
export const GivenDebugCommand = z.strictObject({ order: z.number().int().positive(), session: DebugSession });
