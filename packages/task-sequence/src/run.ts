/** One run's state and how it is kept and reported. Control flow is run-task-sequence.ts. */
import {
  toErrorBody,
  type Condition,
  type EngineState,
  type Environment,
  type Failure,
  type NodePath,
  type StatusMessage,
  type TaskSequenceDefinition,
} from '@ostler/contract';
import { nodeAt, stepNumber } from './nodes.ts';
import type { EngineEvent, EngineOutcome, EnginePort } from './port.ts';
import type { InitialVariable, Variables } from './variables.ts';

export interface RunOptions {
  /** In order of precedence already merged: sequence < collection < device. */
  readonly variables: readonly InitialVariable[];
  readonly journal: EngineState | null;
  /** Where the agent finds itself. */
  readonly environment: Environment;
  readonly maxUnexpectedRestarts: number;
}

type EventFacts = Partial<Pick<EngineEvent, 'exitCode' | 'durationMs' | 'output' | 'error' | 'facts'>>;

export class Run {
  readonly definition: TaskSequenceDefinition;
  readonly variables: Variables;
  readonly port: EnginePort;
  #state: EngineState;

  constructor(definition: TaskSequenceDefinition, options: RunOptions, variables: Variables, port: EnginePort) {
    this.definition = definition;
    this.variables = variables;
    this.port = port;
    this.#state = options.journal ?? firstState(options.environment, port.now(), definition);
    variables.set('_SMSTSInWinPE', String(options.environment === 'boot-image'));
  }

  get state(): EngineState {
    return this.#state;
  }

  /** Changes the state and waits until it is durable. */
  async save(change: Partial<EngineState>): Promise<void> {
    const variables = await this.variables.toJournal(this.port);
    this.#state = { ...this.#state, ...change, variables, revision: this.#state.revision + 1 };
    await this.port.saveState(this.#state);
  }

  /** Goes to the node that comes next; null is the end. */
  async advance(cursor: NodePath | null): Promise<void> {
    await this.save({ cursor, cursorState: 'ready', attempts: 0 });
  }

  /** Noted now, durable with the next save. */
  recordOutcome(path: NodePath, state: EngineState['outcomes'][number]['state'], exitCode: number | null): void {
    const others = this.#state.outcomes.filter((outcome) => outcome.path.join('.') !== path.join('.'));
    this.#state = { ...this.#state, outcomes: [...others, { path, state, exitCode }] };
  }

  async loadSecretsFor(value: Condition | object | undefined): Promise<void> {
    if (value !== undefined) await this.variables.loadSecrets(JSON.stringify(value), this.port);
  }

  async report(kind: StatusMessage['kind'], path: NodePath, facts: EventFacts): Promise<void> {
    const node = nodeAt(this.definition.steps, path);
    const { number, count } = stepNumber(this.definition, path);
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
      facts: facts.facts ?? {},
    });
  }

  async end(): Promise<EngineOutcome> {
    const { failure } = this.#state;
    if (failure) return { kind: 'failed', failure };
    await this.save({ cursor: null, cursorState: 'ready', result: 'succeeded' });
    await this.report('run-succeeded', [], {});
    return { kind: 'succeeded' };
  }

  async fail(path: NodePath, exitCode: number | null, thrown: unknown): Promise<EngineOutcome> {
    const stepName = nodeAt(this.definition.steps, path)?.name ?? this.definition.name;
    const body = toErrorBody(thrown);
    const failure: Failure = { path, stepName, exitCode, error: { ...body, message: this.variables.mask(body.message) } };
    await this.save({ cursor: null, cursorState: 'ready', result: 'failed', failure });
    await this.report('run-failed', path, { exitCode, error: failure.error });
    return { kind: 'failed', failure };
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
    unexpectedRestarts: 0,
    variables: {},
    outcomes: [],
    result: null,
    failure: null,
  };
}
