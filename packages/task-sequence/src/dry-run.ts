/**
 * What would run: each group and step with the reason why it runs or is skipped, from what is known before the computer is asked.
 * It takes for granted that every step succeeds, and that scripts set no variables of their own. Pure.
 */
import type { DeviceFacts, Environment, Node, NodePath, Step, TaskSequenceDefinition } from '@ostler/contract';
import { evaluateKnown } from './conditions/describe-condition.ts';
import { followEnvironments } from './environment-flow.ts';
import { pathKey } from './nodes.ts';
import { environmentNames } from './port.ts';
import { variablesIn, variablesSetBy } from './variable-flow.ts';
import { Variables, type InitialVariable } from './variables.ts';

export interface DryStep {
  readonly path: NodePath;
  readonly name: string;
  readonly type: Node['type'];
  readonly verdict: 'runs' | 'skipped' | 'unknown';
  /** In words. */
  readonly reason: string;
}

export interface DryRunKnowledge {
  /** In order of precedence already merged, with what the hardware says. A secret's value is null. */
  readonly variables: readonly InitialVariable[];
  /** Names of those that a person at the computer is asked for. */
  readonly asked?: readonly string[];
  /** What the computer last said of its hardware; null: nothing. */
  readonly device: DeviceFacts | null;
}

/** @param definition with its child sequences in place (expandChildren) */
export function dryRun(definition: TaskSequenceDefinition, knowledge: DryRunKnowledge): DryStep[] {
  const walk = new DryWalk(definition, knowledge);
  walk.visit(definition.steps, [], { verdict: 'runs', reason: '' });
  return walk.steps;
}

type Verdict = Pick<DryStep, 'verdict' | 'reason'>;

/** Set by the engine or found on the computer while it runs. */
const onlyDuringTheRun = /^_smsts(?:lastaction|currentaction|ipaddresses|defaultgateways|logpath|mdatapath|clientcache|userstatepath)/;

class DryWalk {
  readonly steps: DryStep[] = [];
  readonly #variables: Variables;
  readonly #device: DeviceFacts | null;
  /** By lower-case name: why a value is not known. */
  readonly #unknown = new Map<string, string>();
  readonly #environments = new Map<string, ReadonlySet<Environment>>();

  constructor(definition: TaskSequenceDefinition, { variables, asked = [], device }: DryRunKnowledge) {
    this.#variables = new Variables(variables);
    this.#device = device;
    for (const name of asked) this.#unknown.set(name.toLowerCase(), 'it is asked for at the computer');
    const places = followEnvironments(definition, (path, possible) => this.#environments.set(pathKey(path), possible));
    for (const { path, possible } of places) this.#environments.set(pathKey(path), possible);
  }

  visit(nodes: readonly Node[], prefix: NodePath, around: Verdict): void {
    for (const [index, node] of nodes.entries()) {
      const path = [...prefix, index];
      const decided = this.#decide(node, path, around);
      this.steps.push({ path, name: node.name, type: node.type, ...decided });
      if (node.type === 'group') this.visit(node.steps, path, decided.verdict === 'runs' ? decided : inside(node, decided));
      else if (decided.verdict !== 'skipped') this.#remember(node, decided.verdict === 'runs');
    }
  }

  #decide(node: Node, path: NodePath, around: Verdict): Verdict {
    if (around.verdict === 'skipped') return around;
    if (!node.enabled) return { verdict: 'skipped', reason: 'disabled' };
    this.#enter(this.#environments.get(pathKey(path)) ?? new Set());
    const { verdict, reason } = evaluateKnown(node.condition, {
      variables: this.#variables,
      variableUnknown: (name) => this.#whyUnknown(name),
      device: this.#device,
    });
    if (verdict === false) return { verdict: 'skipped', reason };
    if (verdict === 'unknown') return { verdict, reason };
    return around.verdict === 'unknown' ? around : { verdict: 'runs', reason };
  }

  #enter(possible: ReadonlySet<Environment>): void {
    const [only, other] = [...possible];
    const name = '_SMSTSInWinPE';
    if (only !== undefined && other === undefined) {
      this.#unknown.delete(name.toLowerCase());
      this.#variables.set(name, String(only === 'boot-image'));
      return;
    }
    const places = [...possible].map((environment) => environmentNames[environment]).join(' or ');
    this.#unknown.set(name.toLowerCase(), `the computer is in the ${places}`);
  }

  #whyUnknown(name: string): string | undefined {
    const key = name.toLowerCase();
    return this.#unknown.get(key) ?? (onlyDuringTheRun.test(key) ? 'it is set while the run goes on' : undefined);
  }

  #remember(step: Step, runs: boolean): void {
    for (const name of variablesSetBy(step)) this.#unknown.set(name.toLowerCase(), `the step ${step.name} ${runs ? 'sets' : 'may set'} it`);
    if (!runs || step.type !== 'set-task-sequence-variable') return;
    const { variable, value, secret } = step.options;
    const isKnown = variablesIn(value).every(
      (name) => this.#whyUnknown(name) === undefined && (this.#variables.get(name) !== undefined || !this.#variables.has(name)),
    );
    if (!isKnown) return;
    this.#variables.set(variable, this.#variables.expand(value), { secret });
    this.#unknown.delete(variable.toLowerCase());
  }
}

function inside(group: Node, { verdict, reason }: Verdict): Verdict {
  return { verdict, reason: `in the group ${group.name}: ${reason}` };
}
