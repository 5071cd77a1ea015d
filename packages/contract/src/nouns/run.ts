/** Runs of deployments: what happened on each machine, and the engine's journal. */
import { z } from 'zod';
import { ErrorBody } from '../errors/ostler-error.ts';
import { Id, Progress, Timestamp, VariableName } from './common.ts';
import { DebugState, noDebugger } from './debugger.ts';
import { Failure, NodePath } from './node-path.ts';
import { Environment } from './step-options/index.ts';

export const RunState = z.enum(['running', 'succeeded', 'failed', 'cancelled']);
export type RunState = z.output<typeof RunState>;
export const StepProgress = z.strictObject({
  path: NodePath,
  stepName: z.string(),
  /** Step n of m; groups and disabled steps do not count (feature map §2.5). */
  stepNumber: z.number().int().nonnegative(),
  stepCount: z.number().int().nonnegative(),
  progress: Progress.nullable(),
  bytesPerSecond: z.number().nonnegative().nullable(),
  secondsLeft: z.number().nonnegative().nullable(),
  /** Until the whole run has succeeded, restarts included; null where this task sequence has not succeeded on this model yet. */
  runSecondsLeft: z.number().nonnegative().nullable().default(null),
});
export type StepProgress = z.output<typeof StepProgress>;

/** The computer is in use, and is not to restart outside of its maintenance windows. */
export const WindowWait = z.strictObject({
  /** When the next one opens; null: none comes. */
  until: Timestamp.nullable(),
});
export type WindowWait = z.output<typeof WindowWait>;

/** What the computer does, as people read it. */
export function windowWaitText({ until }: WindowWait): string {
  if (until === null) return 'waits for a maintenance window, and none comes';
  return `waits for its maintenance window until ${until.slice(0, 16).replace('T', ' ')} UTC`;
}

/** One execution of a task sequence on one device. */
export const Run = z.strictObject({
  id: Id,
  deploymentId: Id,
  deviceId: Id,
  deviceName: z.string(),
  taskSequenceId: Id,
  taskSequenceName: z.string(),
  taskSequenceVersion: z.number().int().positive(),
  state: RunState,
  /** requested: it stops at the next safe point; paused: it has stopped there. */
  pause: z.enum(['none', 'requested', 'paused']),
  /** waiting: it has stopped in the debugger, for a command. */
  debugger: z.enum(['off', 'on', 'waiting']),
  /** Its restart waits for a maintenance window of the computer; null: it does not. */
  waitsForWindow: WindowWait.nullable(),
  /** Where the run goes on: decides what the machine boots next. */
  environment: Environment,
  step: StepProgress.nullable(),
  failure: Failure.nullable(),
  startedAt: Timestamp,
  endedAt: Timestamp.nullable(),
  lastContactAt: Timestamp,
  /** Where the site sends traces (its setting otlpEndpoint): the one of this run. */
  traceId: z.string(),
});
export type Run = z.output<typeof Run>;

export const RestartRun = z.strictObject({
  /** Where to go on: a step's or group's name, or its place (`2.1` is the first node of the second group); null: where the run ended. */
  from: z.string().min(1).max(500).nullable().default(null),
});

export const StatusMessageKind = z.enum([
  'run-started',
  'step-started',
  'step-succeeded',
  'step-failed',
  'step-skipped',
  'restart-waits',
  'restarting',
  'resumed',
  'paused',
  'continued',
  'debugger-waits',
  'debugger-told',
  'run-succeeded',
  'run-failed',
  'note',
]);
export const StatusMessage = z.strictObject({
  /** Rises by one in a run: the same number again is the same message. */
  sequence: z.number().int().positive(),
  at: Timestamp,
  kind: StatusMessageKind,
  environment: Environment,
  path: NodePath,
  stepName: z.string().max(200),
  stepType: z.string().max(100),
  exitCode: z.number().int().nullable(),
  durationMs: z.number().nonnegative().nullable(),
  /** The end of the step's output; a skipped step's reason. */
  output: z.string().max(8000),
  error: ErrorBody.nullable(),
  /** Measured facts, for example `downloadBytes`, `downloadMs`, `applyMs`. */
  facts: z.record(z.string().max(100), z.union([z.number(), z.string().max(1000)])),
});
export type StatusMessage = z.output<typeof StatusMessage>;

/** A status message as a watcher of its deployment gets it. */
export const WatchedMessage = z.strictObject({ runId: Id, deviceName: z.string(), ...StatusMessage.shape });
export type WatchedMessage = z.output<typeof WatchedMessage>;

/** The value of a run's variable in the journal: a secret is sealed with the run's key, never in clear. */
export const JournalVariable = z.union([z.strictObject({ value: z.string() }), z.strictObject({ sealed: z.string() })]);
export const StepOutcome = z.strictObject({
  path: NodePath,
  state: z.enum(['succeeded', 'failed', 'skipped']),
  exitCode: z.number().int().nullable(),
});
/** A restart that waits for a maintenance window. Everything else of the step that asked for it is done. */
export const HeldRestart = z.strictObject({
  ...WindowWait.shape,
  /** Of the step that asked for it. */
  path: NodePath,
  target: Environment,
  delaySeconds: z.number().nonnegative(),
  message: z.string(),
});
export type HeldRestart = z.output<typeof HeldRestart>;
/**
 * The engine's whole state: what is needed to go on after any interruption. Kept by the server, and on the target's disk
 * as soon as there is one. A higher revision is newer.
 */
export const EngineState = z.strictObject({
  revision: z.number().int().nonnegative(),
  startedAt: Timestamp,
  /** The node that runs next, or is running; null when the sequence has ended. */
  cursor: NodePath.nullable(),
  /** `started`: the step at the cursor was begun and is not known to have ended. */
  cursorState: z.enum(['ready', 'started']),
  /** Tries of the step at the cursor that have ended. */
  attempts: z.number().int().nonnegative(),
  /** Set when a restart was planned: where the run goes on. */
  environment: Environment,
  plannedRestart: z.boolean(),
  /** Before the node at the cursor the computer restarts into this environment: an ended run was begun again there. */
  goOnIn: Environment.nullable().default(null),
  /** Comes before the node at the cursor. */
  heldRestart: HeldRestart.nullable().default(null),
  /** Since the run last got on: at one place they are limited, so that no run loops. */
  unexpectedRestarts: z.number().int().nonnegative(),
  /** Restarts after which the step at the cursor was begun once more, as it asked. */
  repeats: z.number().int().nonnegative().default(0),
  /** Stopped between two steps, as an administrator asked. */
  paused: z.boolean().default(false),
  debugger: DebugState.default(noDebugger),
  /** How long the run has gone on, without pauses and without the time the computer takes to restart. */
  elapsedMs: z.number().nonnegative().default(0),
  variables: z.record(VariableName, JournalVariable),
  outcomes: z.array(StepOutcome),
  result: z.enum(['succeeded', 'failed']).nullable(),
  failure: Failure.nullable(),
});
export type EngineState = z.output<typeof EngineState>;
