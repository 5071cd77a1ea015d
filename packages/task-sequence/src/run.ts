/** One run's state and how it is kept and reported. Control flow is run-task-sequence.ts. */
import {
  OstlerError,
  toErrorBody,
  type Condition,
  type EngineState,
  type Environment,
  type Failure,
  type NodePath,
  type StatusMessage,
  noDebugger,
  type TaskSequenceDefinition,
} from '@ostler/contract';
import { maskedError, maskedFacts } from './masked-error.ts';
import { comparePaths, nodeAt, numberSteps, pathKey, type StepNumber } from './nodes.ts';
import type { EngineEvent, EngineOutcome, EnginePort, StepContext } from './port.ts';
import type { InitialVariable, Variables } from './variables.ts';

export interface RunOptions {
  /** In order of precedence already merged: sequence < collection < device. */
  readonly variables: readonly InitialVariable[];
  readonly journal: EngineState | null;
  /** Where the agent finds itself. */
  readonly environment: Environment;
  /** At one place: as long as the run gets on, it may be interrupted as often as it likes. */
  readonly maxUnexpectedRestarts: number;
}

type EventFacts = Partial<Pick<EngineEvent, 'exitCode' | 'durationMs' | 'output' | 'error' | 'facts'>>;
type StepOutcome = EngineState['outcomes'][number];

export class Run {
  readonly definition: TaskSequenceDefinition;
  readonly variables: Variables;
  readonly port: EnginePort;
  readonly #numberOf: (path: NodePath) => StepNumber;
  readonly #outcomes: Map<string, StepOutcome>;
  #state: EngineState;
  /** On the port's clock: what came before is in the state. */
  #countedUntilMs: number;

  constructor(definition: TaskSequenceDefinition, options: RunOptions, variables: Variables, port: EnginePort) {
    this.definition = definition;
    this.variables = variables;
    this.port = port;
    this.#numberOf = numberSteps(definition.steps);
    this.#state = options.journal ?? firstState(options.environment, port.now(), definition);
    this.#outcomes = new Map(this.#state.outcomes.map((outcome) => [pathKey(outcome.path), outcome]));
    this.#countedUntilMs = port.elapsed();
    variables.set('_SMSTSInWinPE', String(options.environment === 'boot-image'));
  }

  get state(): EngineState {
    return this.#state;
  }

  /** Changes the state and waits until it is durable. */
  async save(change: Partial<EngineState>): Promise<void> {
    this.#countTime();
    const variables = await this.variables.toJournal(this.port);
    const outcomes = [...this.#outcomes.values()];
    this.#state = { ...this.#state, ...change, outcomes, variables, revision: this.#state.revision + 1 };
    await this.port.saveState(this.#state);
  }

  /** Goes to the node that comes next; null is the end. A run that gets on has all its unexpected restarts before it again. */
  async advance(cursor: NodePath | null): Promise<void> {
    await this.save({ cursor, cursorState: 'ready', attempts: 0, repeats: 0, unexpectedRestarts: 0 });
  }

  /** Noted now, durable with the next save. */
  recordOutcome(path: NodePath, state: StepOutcome['state'], exitCode: number | null): void {
    this.#outcomes.delete(pathKey(path));
    this.#outcomes.set(pathKey(path), { path, state, exitCode });
  }

  /** Noted now, durable with the next save: what follows from here on is to happen again. */
  forgetOutcomesFrom(path: NodePath): void {
    for (const [key, outcome] of this.#outcomes) if (comparePaths(outcome.path, path) >= 0) this.#outcomes.delete(key);
  }

  /** Of the maximum run time; without a maximum there is always time left. */
  timeLeftMs(): number {
    const minutes = this.definition.maximumRunTimeMinutes;
    this.#countTime();
    return minutes > 0 ? minutes * 60_000 - this.#state.elapsedMs : Number.POSITIVE_INFINITY;
  }

  tooLong(): OstlerError {
    return new OstlerError('RUN_TOO_LONG', { minutes: this.definition.maximumRunTimeMinutes });
  }

  /** The time that passes in `wait` is nobody's: it does not count as the run's. */
  async withoutCounting(wait: () => Promise<void>): Promise<void> {
    this.#countTime();
    await wait();
    this.#countedUntilMs = this.port.elapsed();
  }

  async loadSecretsFor(value: Condition | object | undefined): Promise<void> {
    if (value !== undefined) await this.variables.loadSecrets(JSON.stringify(value), this.port);
  }

  /** What a step, or the question of a condition, is given at this path. */
  contextAt(path: NodePath, signal: AbortSignal): StepContext {
    const { variables, port } = this;
    return { path, variables, signal, loadSecrets: (text) => variables.loadSecrets(text, port) };
  }

  async report(kind: StatusMessage['kind'], path: NodePath, facts: EventFacts): Promise<void> {
    const node = nodeAt(this.definition.steps, path);
    const { number, count } = this.#numberOf(path);
    await this.port.report({
      kind,
      path,
      stepName: node?.name ?? '',
      stepType: node?.type ?? '',
      stepNumber: number,
      stepCount: count,
      exitCode: facts.exitCode ?? null,
      durationMs: facts.durationMs ?? null,
      output: this.variables.mask(facts.output ?? ''),
      error: facts.error ?? null,
      facts: maskedFacts(facts.facts ?? {}, this.variables),
    });
  }

  async end(): Promise<EngineOutcome> {
    const { failure } = this.#state;
    if (failure) return { kind: 'failed', failure, postAction: await this.#postAction() };
    await this.save({ cursor: null, cursorState: 'ready', result: 'succeeded' });
    await this.report('run-succeeded', [], {});
    return { kind: 'succeeded', postAction: await this.#postAction() };
  }

  failureOf(path: NodePath, exitCode: number | null, thrown: unknown): Failure {
    const stepName = nodeAt(this.definition.steps, path)?.name ?? this.definition.name;
    return { path, stepName, exitCode, error: maskedError(thrown, this.variables) };
  }

  fail(path: NodePath, exitCode: number | null, thrown: unknown): Promise<EngineOutcome> {
    return this.failWith(this.failureOf(path, exitCode, thrown));
  }

  async failWith(failure: Failure): Promise<EngineOutcome> {
    await this.save({
      cursor: null,
      cursorState: 'ready',
      result: 'failed',
      failure,
      debugger: { ...this.#state.debugger, waiting: null },
      heldRestart: null,
    });
    await this.report('run-failed', failure.path, { exitCode: failure.exitCode, error: failure.error });
    return { kind: 'failed', failure, postAction: await this.#postAction() };
  }

  /** SMSTSPostAction runs after success and after failure, but not when an administrator ended the run (feature map §2.2.8). */
  async #postAction(): Promise<string | null> {
    const command = this.variables.get('SMSTSPostAction');
    if (command === undefined || this.#state.failure?.error.code === 'CANCELLED') return null;
    try {
      await this.loadSecretsFor({ command });
    } catch (error) {
      await this.report('note', [], { output: `SMSTSPostAction is left out: ${toErrorBody(error).message}` });
      return null;
    }
    return this.variables.expand(command);
  }

  #countTime(): void {
    const nowMs = this.port.elapsed();
    this.#state = { ...this.#state, elapsedMs: this.#state.elapsedMs + (nowMs - this.#countedUntilMs) };
    this.#countedUntilMs = nowMs;
  }
}

function firstState(environment: EngineState['environment'], nowMs: number, definition: TaskSequenceDefinition): EngineState {
  return {
    revision: 0,
    startedAt: new Date(nowMs).toISOString(),
    cursor: definition.steps.length > 0 ? [0] : null,
    cursorState: 'ready',
    attempts: 0,
    environment,
    plannedRestart: false,
    goOnIn: null,
    heldRestart: null,
    unexpectedRestarts: 0,
    repeats: 0,
    paused: false,
    debugger: noDebugger,
    elapsedMs: 0,
    variables: {},
    outcomes: [],
    result: null,
    failure: null,
  };
}
