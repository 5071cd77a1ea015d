/** How the engine talks to the world: the agent gives it real machines, tests give it small ones. */
import type {
  DebugCommand,
  DebugState,
  DebugVariable,
  EngineState,
  Environment,
  ErrorBody,
  Failure,
  NodePath,
  StatusMessage,
  Step,
  WindowWait,
} from '@ostler/contract';
import type { ConditionFacts } from './conditions/facts.ts';
import type { Secrets, VariableScope } from './variables.ts';

/** What people call the environments. */
export const environmentNames: Readonly<Record<Environment, string>> = {
  'boot-image': 'boot environment',
  'installed-os': 'installed operating system',
};

export interface StepContext {
  readonly path: NodePath;
  readonly variables: VariableScope;
  /** Aborts at the step's time-out, at the run's maximum time and when the run is stopped. */
  readonly signal: AbortSignal;
  /** Fetches the secret variables that the text names: for names that are not in the step's options. They are dropped when the step ends. */
  loadSecrets(text: string): Promise<void>;
}

export interface RestartRequest {
  readonly target: Environment;
  readonly delaySeconds?: number;
  readonly message?: string;
  /** After the restart the same step runs again instead of the next one. */
  readonly retryStep?: boolean;
}

/** How a step ended by itself. A step that throws has failed with what it throws. */
export interface StepResult {
  readonly exitCode: number;
  readonly output: string;
  readonly restart?: RestartRequest;
  readonly facts?: Readonly<Record<string, number | string>>;
}

/** What becomes a status message. */
export interface EngineEvent {
  readonly kind: StatusMessage['kind'];
  readonly path: NodePath;
  readonly stepName: string;
  readonly stepType: string;
  readonly stepNumber: number;
  readonly stepCount: number;
  readonly exitCode: number | null;
  readonly durationMs: number | null;
  readonly output: string;
  readonly error: ErrorBody | null;
  readonly facts: Readonly<Record<string, number | string>>;
}

/** A command for the debugger: an order of the site by its number; null from a person at the computer. */
export interface DebugInstruction {
  readonly number: number | null;
  readonly command: DebugCommand;
}

/** The run waits in its debugger before the node at the path. */
export interface DebugStop {
  readonly path: NodePath;
  readonly state: DebugState;
  /** Masked. */
  readonly variables: readonly DebugVariable[];
  /** Why the newest instruction was not obeyed. */
  readonly refused: ErrorBody | null;
}

export interface EnginePort extends Secrets {
  runStep(step: Step, context: StepContext): Promise<StepResult>;
  /** What conditions ask of the computer, as it is for this step or group. */
  conditionFacts(context: Omit<StepContext, 'loadSecrets'>): ConditionFacts;
  /** Settles when the state is durable: nothing that follows may happen before. */
  saveState(state: EngineState): Promise<void>;
  report(event: EngineEvent): Promise<void> | void;
  /** Asked between steps: an administrator wants the run to end. */
  cancelRequested(): boolean;
  /** Asked between steps: an administrator wants the run to stop here until it is continued. */
  pauseRequested(): boolean;
  /** Settles when a pause is over, because the run is to go on or to be cancelled; rejects when the signal aborts. */
  untilContinued(signal: AbortSignal): Promise<void>;
  /** Asked before a restart: why the computer may not restart now; null: it may. */
  restartHold(): WindowWait | null;
  /** Settles when `restartHold` says something else than this, or the run is to be paused or cancelled; rejects when the signal aborts. */
  untilRestartHoldDiffers(from: WindowWait, signal: AbortSignal): Promise<void>;
  /** Asked between steps: the next instruction to the debugger that has arrived, each at least once; null where there is none. */
  takeDebugInstruction(): DebugInstruction | null;
  /** Settles when there is an instruction to take or the run is to be cancelled; rejects when the signal aborts. */
  untilDebugInstruction(stop: DebugStop, signal: AbortSignal): Promise<void>;
  /** Waits; rejects when the signal aborts. */
  wait(delayMs: number, signal: AbortSignal): Promise<void>;
  /** A signal that aborts by itself after this long. */
  timeout(delayMs: number): AbortSignal;
  /** Milliseconds since 1970: for what people read. The computer's clock may be set while the run goes on. */
  now(): number;
  /** Milliseconds on a clock that nobody sets: for how long something took. */
  elapsed(): number;
}

/** The command that SMSTSPostAction names, to be started when everything else is done; null is none. */
interface Ended {
  readonly postAction: string | null;
}

export type EngineOutcome =
  | ({ readonly kind: 'succeeded' } & Ended)
  | ({ readonly kind: 'failed'; readonly failure: Failure } & Ended)
  | { readonly kind: 'restart'; readonly target: Environment; readonly delaySeconds: number; readonly message: string };
