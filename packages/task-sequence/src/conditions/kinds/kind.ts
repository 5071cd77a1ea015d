/** What there is to know of one kind of condition; kinds/index.ts has the table. */
import type { ConditionKindName, ConditionOf, DeviceFacts } from '@ostler/contract';
import type { ConditionWorld } from '../facts.ts';

/** What is known of a computer while it is somewhere else. */
export interface KnownWorld {
  readonly variables: ConditionWorld['variables'];
  /** Why a variable's value is not known yet, in words such as `the step Ask sets it`; undefined: it is known. */
  variableUnknown(name: string): string | undefined;
  /** What the computer last said of its hardware; null: nothing. */
  readonly device: DeviceFacts | null;
}

export interface Known {
  readonly verdict: boolean | 'unknown';
  /** In words, a part of a sentence: `_SMSTSModel is "Latitude 7440"`. */
  readonly reason: string;
}

export interface ConditionKind<K extends ConditionKindName> {
  /** @throws what the facts throw, where there is no answer */
  holds(condition: ConditionOf<K>, world: ConditionWorld): Promise<boolean>;
  /** What can be said without the computer. Pure. */
  known(condition: ConditionOf<K>, world: KnownWorld): Known;
  /** In words: `the file /etc/fstab exists`. */
  describe(condition: ConditionOf<K>): string;
  /** What is wrong with it before it is ever evaluated; what its schema says is not repeated. */
  problems(condition: ConditionOf<K>): readonly string[];
}

/** For kinds that only the computer itself can answer. */
export function onlyOnTheComputer(what: string): () => Known {
  return () => ({ verdict: 'unknown', reason: `${what} known only on the computer, when the step is reached` });
}
