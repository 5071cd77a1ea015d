/** A computer for the engine's tests: it keeps its journal through anything and can lose power at any save. */
import { OstlerError, TaskSequenceDefinition, type EngineState, type Environment, type Step, type WindowWait } from '@ostler/contract';
import {
  runTaskSequence,
  noFacts,
  type ConditionFacts,
  type DebugInstruction,
  type DebugStop,
  type EngineEvent,
  type EnginePort,
  type StepContext,
  type StepResult,
} from '../src/index.ts';

export type Script = (step: Step, context: StepContext, call: number) => Promise<StepResult> | StepResult;
export const ok: StepResult = { exitCode: 0, output: '' };
export const fail: StepResult = { exitCode: 1, output: 'broken' };
export const command = (name: string, extra: object = {}) => ({ type: 'run-command-line', name, options: { commandLine: name }, ...extra });
export const group = (name: string, steps: object[], extra: object = {}) => ({ type: 'group', name, steps, ...extra });

export class Machine implements EnginePort {
  journal: EngineState | null = null;
  readonly ran: string[] = [];
  readonly events: EngineEvent[] = [];
  readonly commandLines: string[] = [];
  readonly secrets: Record<string, string> = {};
  cancelled = false;
  pauses = false;
  /** What happens while the run is paused: it goes on when this settles. */
  duringPause: () => void = () => undefined;
  /** The next time limit of a step is over at once. */
  readonly timeLimitsMs: number[] = [];
  timeLimitsAreOver = false;
  /** The save at which the power goes, counted from one; 0 is never. */
  powerCutAtSave = 0;
  clockErrorMs = 0;
  #saves = 0;
  #nowMs = Date.parse('2026-01-01T00:00:00Z');
  readonly #script: Script;
  constructor(script: Script = () => ok) {
    this.#script = script;
  }
  async runStep(step: Step, context: StepContext): Promise<StepResult> {
    this.ran.push(step.name);
    if (step.type === 'run-command-line') this.commandLines.push(context.variables.expand(step.options.commandLine));
    return this.#script(step, context, this.ran.filter((name) => name === step.name).length);
  }
  conditionFacts(): ConditionFacts {
    return {
      ...noFacts,
      fileProperties: async (path) => {
        if (path === '/unreadable') throw new OstlerError('CONDITION_UNANSWERABLE', { question: path, problem: 'it cannot be read' });
        return path === '/there' ? { modifiedMs: this.#nowMs, version: null } : null;
      },
    };
  }
  async saveState(state: EngineState): Promise<void> {
    this.#saves += 1;
    if (this.#saves === this.powerCutAtSave) throw new Error('power cut');
    this.journal = structuredClone(state);
  }
  report(event: EngineEvent): void {
    this.events.push(event);
  }
  cancelRequested(): boolean {
    return this.cancelled;
  }
  async wait(delayMs: number): Promise<void> {
    this.#nowMs += delayMs;
  }
  pauseRequested(): boolean {
    return this.pauses;
  }
  async untilContinued(): Promise<void> {
    this.duringPause();
    this.pauses = false;
  }
  /** Why it may not restart now. */
  hold: WindowWait | null = null;
  /** What happens while a restart waits: it is asked for again when this settles. */
  duringHold: () => void = () => {
    this.hold = null;
  };
  restartHold(): WindowWait | null {
    return this.hold;
  }
  async untilRestartHoldDiffers(): Promise<void> {
    this.duringHold();
  }
  /** Tells the debugger what to do at each stop; null: nobody is there, and the run is stopped. */
  debug: (stop: DebugStop) => DebugInstruction | null = () => null;
  readonly told: DebugInstruction[] = [];
  readonly stops: DebugStop[] = [];
  takeDebugInstruction(): DebugInstruction | null {
    return this.told.shift() ?? null;
  }
  async untilDebugInstruction(stop: DebugStop): Promise<void> {
    this.stops.push(stop);
    const instruction = this.debug(stop);
    if (instruction === null) throw new Error('nobody debugs');
    this.told.push(instruction);
  }
  timeout(delayMs: number): AbortSignal {
    this.timeLimitsMs.push(delayMs);
    return this.timeLimitsAreOver ? AbortSignal.abort() : new AbortController().signal;
  }
  elapsed(): number {
    return this.#nowMs - this.clockErrorMs;
  }
  /** The computer's clock is set: what it shows jumps, and no time has passed. */
  setClock(byMs: number): void {
    this.#nowMs += byMs;
    this.clockErrorMs += byMs;
  }
  now(): number {
    return this.#nowMs;
  }
  pass(ms: number): void {
    this.#nowMs += ms;
  }
  async seal(value: string): Promise<string> {
    return Buffer.from(value).toString('base64');
  }
  async unseal(sealed: string): Promise<string> {
    return Buffer.from(sealed, 'base64').toString();
  }
  async fetchSecret(name: string): Promise<string> {
    return this.secrets[name] ?? '';
  }
  start(
    steps: object[],
    more: { variables?: Parameters<typeof runTaskSequence>[1]['variables']; environment?: Environment; definition?: object } = {},
  ) {
    const definition = TaskSequenceDefinition.parse({ name: 'Test', steps, ...more.definition });
    const options = {
      variables: more.variables ?? [],
      journal: this.journal,
      environment: more.environment ?? 'boot-image',
      maxUnexpectedRestarts: 3,
    };
    return runTaskSequence(definition, options, this, AbortSignal.timeout(5000));
  }
}
