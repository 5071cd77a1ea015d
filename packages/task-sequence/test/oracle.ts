/**
 * What a task sequence does, written down as plainly as possible: a recursive walk without journal, saving or resuming. The engine is
 * held against it. A plan says what each step of a random sequence does when it is tried.
 */
import type { Condition, Environment, NodePath } from '@ostler/contract';

export interface StepPlan {
  readonly kind: 'step';
  readonly name: string;
  readonly enabled: boolean;
  readonly continueOnError: boolean;
  readonly condition: Condition | undefined;
  /** It may not be begun twice: an interruption is a failed try. */
  readonly once: boolean;
  /** Each try appends a letter to this variable. */
  readonly variable: string;
  /** So many tries fail before one succeeds. */
  readonly fails: number;
  readonly retries: number;
  /** So often it asks for itself again after a restart. */
  readonly repeats: number;
  readonly restart: 'none' | '3010' | 'HD' | 'WinPE' | 'true';
}
export interface GroupPlan {
  readonly kind: 'group';
  readonly name: string;
  readonly enabled: boolean;
  readonly continueOnError: boolean;
  readonly condition: Condition | undefined;
  readonly nodes: readonly Plan[];
}
export type Plan = StepPlan | GroupPlan;

export const targets: Readonly<Record<string, Environment>> = { HD: 'installed-os', WinPE: 'boot-image' };

/** Names one try of a step: which step, after how many restarts of its own, after how many failed tries. */
export function tryKey(path: NodePath, repeats: number, attempts: number): string {
  return `${path.join('.')}/${repeats}/${attempts}`;
}

export interface Told {
  readonly result: 'succeeded' | 'failed';
  readonly failedAt: string | null;
  readonly ran: ReadonlySet<string>;
  readonly outcomes: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
}

export class Oracle {
  readonly #interrupted: ReadonlySet<string>;
  readonly #variables = new Map<string, string>();
  readonly #ran = new Set<string>();
  readonly #outcomes: Record<string, string> = {};
  #environment: Environment = 'boot-image';
  #failedAt: string | null = null;

  /** @param interrupted tries (`tryKey`) that a power cut ended */
  constructor(interrupted: ReadonlySet<string>) {
    this.#interrupted = interrupted;
  }

  tell(plans: readonly Plan[]): Told {
    this.#set('_SMSTSInWinPE', 'true');
    const succeeded = this.#runAll(plans, []);
    const variables = Object.fromEntries(this.#variables);
    const result = succeeded ? 'succeeded' : 'failed';
    return { result, failedAt: succeeded ? null : this.#failedAt, ran: this.#ran, outcomes: this.#outcomes, variables };
  }

  #runAll(plans: readonly Plan[], prefix: NodePath): boolean {
    return plans.every((plan, index) => this.#run(plan, [...prefix, index]));
  }

  /** Whether what follows may run. */
  #run(plan: Plan, path: NodePath): boolean {
    if (!plan.enabled || !this.#holds(plan.condition)) {
      if (plan.kind === 'step') this.#outcomes[path.join('.')] = 'skipped';
      return true;
    }
    const succeeded = plan.kind === 'group' ? this.#runAll(plan.nodes, path) : this.#step(plan, path);
    return succeeded || plan.continueOnError;
  }

  #step(plan: StepPlan, path: NodePath): boolean {
    for (let repeats = 0; ; repeats += 1) {
      const succeeded = this.#tries(plan, path, repeats);
      if (!succeeded) {
        this.#outcomes[path.join('.')] = 'failed';
        this.#failedAt = path.join('.');
        return false;
      }
      const again = repeats < plan.repeats;
      if (again || plan.restart !== 'none') this.#restart(plan, again);
      if (again) continue;
      this.#outcomes[path.join('.')] = 'succeeded';
      return true;
    }
  }

  #tries(plan: StepPlan, path: NodePath, repeats: number): boolean {
    for (let attempts = 0; ; attempts += 1) {
      const succeeded = this.#try(plan, tryKey(path, repeats, attempts), attempts);
      this.#set('_SMSTSLastActionName', plan.name);
      this.#set('_SMSTSLastActionSucceeded', String(succeeded));
      if (succeeded || attempts >= plan.retries) return succeeded;
    }
  }

  #try(plan: StepPlan, key: string, attempts: number): boolean {
    if (plan.once && this.#interrupted.has(key)) return false;
    this.#ran.add(plan.name);
    this.#set(plan.variable, `${this.#variables.get(plan.variable) ?? ''}x`);
    return attempts >= plan.fails;
  }

  #restart(plan: StepPlan, again: boolean): void {
    const asked = plan.restart === 'none' && again ? 'true' : plan.restart;
    this.#environment = targets[asked] ?? this.#environment;
    this.#set('_SMSTSInWinPE', String(this.#environment === 'boot-image'));
  }

  #set(name: string, value: string): void {
    this.#variables.set(name, value);
  }

  #holds(condition: Condition | undefined): boolean {
    if (condition === undefined) return true;
    if ('all' in condition) return condition.all.every((part) => this.#holds(part));
    if ('any' in condition) return condition.any.some((part) => this.#holds(part));
    if ('none' in condition) return condition.none.every((part) => !this.#holds(part));
    if (!('variable' in condition)) throw new Error('the oracle knows variables only');
    const value = this.#variables.get(condition.variable);
    if (condition.operator === 'exists') return value !== undefined;
    if (condition.operator === 'equals') return value === condition.value;
    throw new Error(`the oracle does not know ${condition.operator}`);
  }
}
