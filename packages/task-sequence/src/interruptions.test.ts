import {
  TaskSequenceDefinition,
  type Condition,
  type DebugCommand,
  type DebugOrder,
  type EngineState,
  type Node,
  type NodePath,
  type Step,
  type WindowWait,
} from '@ostler/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Oracle, tryKey, type Plan, type StepPlan, type Told } from '../test/oracle.ts';
import {
  runTaskSequence,
  type ConditionFacts,
  type DebugStop,
  type EngineOutcome,
  type EnginePort,
  type StepContext,
  type StepResult,
} from './index.ts';

class PowerCut extends Error {}

/** A computer that loses power at given moments: each call of the engine is two of them, before and after it has taken effect. */
class FragileMachine implements EnginePort {
  journal: EngineState | null = null;
  readonly ran = new Set<string>();
  readonly interrupted = new Set<string>();
  readonly #cuts: ReadonlySet<number>;
  readonly #plans: ReadonlyMap<string, StepPlan>;
  readonly #debugger: SiteDebugger | null;
  #moment = 0;
  constructor(plans: ReadonlyMap<string, StepPlan>, cuts: ReadonlySet<number>, site: SiteDebugger | null = null) {
    this.#plans = plans;
    this.#cuts = cuts;
    this.#debugger = site;
  }
  #isOff = false;
  /** Without power nothing has an effect any more, until the computer starts again. */
  #live(): void {
    this.#moment += 1;
    if (this.#cuts.has(this.#moment)) this.#isOff = true;
    if (this.#isOff) throw new PowerCut();
  }
  async runStep(step: Step, context: StepContext): Promise<StepResult> {
    const plan = this.#plans.get(step.name)!;
    const { attempts, repeats } = this.journal!;
    this.#live();
    this.ran.add(step.name);
    const { variables } = context;
    variables.set(plan.variable, `${variables.get(plan.variable) ?? ''}x`);
    this.#live();
    if (attempts < plan.fails) return { exitCode: 1, output: '' };
    const again = repeats < plan.repeats;
    if (again) variables.set('SMSTSRetryRequested', 'true');
    if (plan.restart === '3010' && !again) return { exitCode: 3010, output: '' };
    if (again || plan.restart !== 'none') variables.set('SMSTSRebootRequested', /HD|WinPE/.test(plan.restart) ? plan.restart : 'true');
    return { exitCode: 0, output: '' };
  }
  async saveState(state: EngineState): Promise<void> {
    this.#live();
    this.journal = state;
    this.#live();
  }
  report(): void {
    this.#live();
  }
  async wait(): Promise<void> {
    this.#live();
  }
  /** Each life has one restart wait; what let it restart is not known any more after a power cut. */
  #isHeld = true;
  restartHold(): WindowWait | null {
    this.#live();
    return this.#isHeld ? { until: null } : null;
  }
  async untilRestartHoldDiffers(): Promise<void> {
    this.#live();
    this.#isHeld = false;
    this.#live();
  }
  /** So many orders has this life of the computer taken: after a power cut it gets again what the journal does not call settled. */
  #taken = 0;
  takeDebugInstruction(): DebugOrder | null {
    this.#live();
    const order = this.#debugger?.unsettled(this.journal)[this.#taken];
    if (order !== undefined) this.#taken += 1;
    return order ?? null;
  }
  async untilDebugInstruction(stop: DebugStop): Promise<void> {
    this.#live();
    this.#taken = 0;
    this.#debugger?.drive(stop, this.journal);
    this.#live();
  }
  /** Until it ends: after each power cut and each restart it starts again, where its journal says. */
  async runToEnd(definition: TaskSequenceDefinition): Promise<EngineOutcome> {
    for (;;) {
      // What is on the disk is a copy: nothing that the engine kept in memory survives.
      const journal = structuredClone(this.journal);
      this.#isOff = false;
      this.#isHeld = true;
      this.#noteInterruption(definition, journal);
      this.#taken = 0;
      const variables = this.#debugger === null ? [] : [{ name: 'TSDebugMode', value: 'true', secret: false }];
      const options = { variables, journal, environment: journal?.environment ?? 'boot-image', maxUnexpectedRestarts: 1000 } as const;
      try {
        const outcome = await runTaskSequence(definition, options, this, new AbortController().signal);
        if (outcome.kind !== 'restart') return outcome;
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
    }
  }
  #noteInterruption(definition: TaskSequenceDefinition, journal: EngineState | null): void {
    if (journal?.cursorState !== 'started' || journal.cursor === null) return;
    const node = nodeOf(definition.steps, journal.cursor);
    if (this.#plans.get(node.name)?.once === true) this.interrupted.add(tryKey(journal.cursor, journal.repeats, journal.attempts));
  }
  /** The conditions of these sequences ask for variables only. */
  conditionFacts = (): ConditionFacts => ({}) as ConditionFacts;
  cancelRequested = (): boolean => false;
  pauseRequested = (): boolean => false;
  untilContinued = (): Promise<void> => Promise.resolve();
  timeout = (): AbortSignal => new AbortController().signal;
  now = (): number => 0;
  elapsed = (): number => 0;
  seal = (value: string): Promise<string> => Promise.resolve(value);
  unseal = (sealed: string): Promise<string> => Promise.resolve(sealed);
  fetchSecret = (): Promise<string> => Promise.resolve('');
}

/** A person at the site who steps or runs on, as the dice say, and quits at a failure. The site keeps an order until it is settled. */
class SiteDebugger {
  readonly #orders: DebugOrder[] = [];
  readonly #steps: readonly boolean[];
  stops = 0;
  constructor(steps: readonly boolean[]) {
    this.#steps = steps;
  }
  unsettled(journal: EngineState | null): DebugOrder[] {
    const last = journal?.debugger.settled.at(-1)?.number ?? 0;
    return this.#orders.filter(({ number }) => number > last);
  }
  drive({ state: { stop, waiting } }: DebugStop, journal: EngineState | null): void {
    this.stops += 1;
    if (this.unsettled(journal).length > 0) return;
    const onward: DebugCommand = { command: this.#steps[this.#orders.length] === true ? 'step' : 'run', at: stop };
    this.#orders.push({ number: this.#orders.length + 1, command: waiting?.reason === 'failed' ? { command: 'quit' } : onward });
  }
}

function nodeOf(steps: readonly Node[], [index = 0, ...rest]: NodePath): Node {
  const node = steps[index]!;
  return rest.length > 0 && node.type === 'group' ? nodeOf(node.steps, rest) : node;
}

const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const names = ['A', 'B', 'C', '_SMSTSLastActionSucceeded', '_SMSTSInWinPE'];
const { condition } = fc.letrec<{ condition: Condition; simple: Condition; several: Condition[] }>((tie) => ({
  simple: fc.oneof(
    fc.record({ variable: oneOf(...names), operator: fc.constant('exists' as const) }),
    fc.record({ variable: oneOf(...names), operator: fc.constant('equals' as const), value: oneOf('x', 'xx', 'true', 'false') }),
  ),
  several: fc.array(tie('condition'), { maxLength: 3 }),
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('simple'),
    fc.record({ all: tie('several') }),
    fc.record({ any: tie('several') }),
    fc.record({ none: tie('several') }),
  ),
}));
const common = {
  enabled: rarely.map((off) => !off),
  continueOnError: fc.boolean(),
  condition: fc.option(condition, { nil: undefined, freq: 2 }),
};
const { plans } = fc.letrec<{ plans: Plan[]; plan: Plan; step: Plan; group: Plan }>((tie) => ({
  step: fc.record({
    kind: fc.constant('step' as const),
    name: fc.constant(''),
    ...common,
    once: fc.boolean(),
    variable: oneOf('A', 'B', 'C'),
    fails: oneOf(0, 0, 0, 0, 1, 2, 9),
    retries: oneOf(0, 0, 1, 2),
    repeats: oneOf(0, 0, 0, 0, 1, 2),
    restart: oneOf<StepPlan['restart']>('none', 'none', 'none', 'none', '3010', 'HD', 'WinPE', 'true'),
  }),
  group: fc.record({ kind: fc.constant('group' as const), name: fc.constant(''), ...common, nodes: tie('plans') }),
  plan: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: tie('step') },
    { weight: 1, arbitrary: tie('group') },
  ),
  plans: fc.array(tie('plan'), { maxLength: 5 }),
}));

/** Gives every step a name of its own, and answers the definition that the engine runs. */
function build(unnamed: readonly Plan[]) {
  const byName = new Map<string, StepPlan>();
  const name = (plan: Plan): Plan => {
    if (plan.kind === 'group') return { ...plan, name: 'group', nodes: plan.nodes.map(name) };
    const named = { ...plan, name: `step ${byName.size}` };
    byName.set(named.name, named);
    return named;
  };
  const node = (plan: Plan): Node => {
    const { enabled, continueOnError, condition: asked } = plan;
    const shared = { name: plan.name, description: '', enabled, continueOnError, ...(asked === undefined ? {} : { condition: asked }) };
    if (plan.kind === 'group') return { type: 'group', ...shared, steps: plan.nodes.map(node) };
    const step = { ...shared, successCodes: [0, 3010], timeoutMinutes: 0, retry: { count: plan.retries, delaySeconds: 0 } };
    if (plan.once) return { ...step, type: 'run-command-line', options: { commandLine: 'x' } as Step<'run-command-line'>['options'] };
    return { ...step, type: 'set-task-sequence-variable', options: { variable: 'X', value: '', secret: false } };
  };
  const named = unnamed.map(name);
  return { named, byName, definition: { ...TaskSequenceDefinition.parse({ name: 'Test', steps: [] }), steps: named.map(node) } };
}

/** What the oracle tells too; the rest of a state is how the engine gets there. */
function toldBy(machine: FragileMachine, outcome: EngineOutcome): Told {
  const kept = ['_SMSTSInWinPE', '_SMSTSLastActionName', '_SMSTSLastActionSucceeded', 'A', 'B', 'C'];
  const { variables, outcomes, failure } = machine.journal!;
  const values = Object.entries(variables).flatMap(([name, entry]): [string, string][] =>
    kept.includes(name) && 'value' in entry ? [[name, entry.value]] : [],
  );
  return {
    result: outcome.kind === 'succeeded' ? 'succeeded' : 'failed',
    failedAt: failure?.path.join('.') ?? null,
    ran: machine.ran,
    outcomes: Object.fromEntries(outcomes.map(({ path, state }) => [path.join('.'), state])),
    variables: Object.fromEntries(values),
  };
}

/** A step that may not be begun twice was interrupted before or after it did anything: nobody knows which. */
function withoutInterrupted(told: Told, interrupted: ReadonlySet<string>, byName: ReadonlyMap<string, StepPlan>): Told {
  if (interrupted.size === 0) return told;
  return { ...told, ran: new Set([...told.ran].filter((name) => byName.get(name)?.once === false)) };
}

it(
  'runs the same steps to the same variables and the same result, however often and whenever the power goes: 10,000 random sequences',
  { timeout: 120_000 },
  async () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 80 }), { maxLength: 6 });
    const property = fc.asyncProperty(plans, cuts, async (unnamed, moments) => {
      const { named, byName, definition } = build(unnamed);

      const machine = new FragileMachine(byName, new Set(moments));
      const told = toldBy(machine, await machine.runToEnd(definition));

      const expected = new Oracle(machine.interrupted).tell(named);
      const { interrupted } = machine;
      expect(withoutInterrupted(told, interrupted, byName)).toEqual(withoutInterrupted(expected, interrupted, byName));
    });
    await fc.assert(property, { numRuns: 10_000 });
  },
);

it(
  'does the same in the debugger, stepped or told to run, however often the power goes: 10,000 random sequences',
  { timeout: 240_000 },
  async () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 120 }), { maxLength: 6 });
    const steps = fc.oneof(fc.constant([]), fc.array(fc.boolean(), { maxLength: 12 }));
    const property = fc.asyncProperty(plans, cuts, steps, async (unnamed, moments, stepped) => {
      const { named, byName, definition } = build(unnamed);
      const site = new SiteDebugger(stepped);

      const machine = new FragileMachine(byName, new Set(moments), site);
      const told = toldBy(machine, await machine.runToEnd(definition));

      const { interrupted } = machine;
      const expected = new Oracle(interrupted).tell(named);
      expect(withoutInterrupted(told, interrupted, byName)).toEqual(withoutInterrupted(expected, interrupted, byName));
      expect(site.stops).toBeGreaterThanOrEqual(named.some(({ enabled }) => enabled) ? 1 : 0);
    });
    await fc.assert(property, { numRuns: 10_000 });
  },
);

it('runs as the oracle says when nothing goes wrong: 2,000 random sequences', { timeout: 60_000 }, async () => {
  const property = fc.asyncProperty(plans, async (unnamed) => {
    const { named, byName, definition } = build(unnamed);
    const machine = new FragileMachine(byName, new Set());

    const told = toldBy(machine, await machine.runToEnd(definition));

    expect(told).toEqual(new Oracle(new Set()).tell(named));
  });
  await fc.assert(property, { numRuns: 2000 });
});
