/** Steps of scenarios as people write them: their own options, checked by the compiler; the site adds the defaults. */
import type { Condition, stepOptions, StepType } from '@ostler/contract';
import type { z } from 'zod';

interface Common {
  readonly continueOnError?: boolean;
  readonly condition?: Condition;
  readonly retry?: { readonly count: number; readonly delaySeconds: number };
  readonly timeoutMinutes?: number;
}

export interface StepDraft extends Common {
  readonly type: StepType;
  readonly name: string;
  readonly options: unknown;
}
export interface GroupDraft {
  readonly type: 'group';
  readonly name: string;
  readonly steps: readonly NodeDraft[];
}
export type NodeDraft = StepDraft | GroupDraft;

export function step<T extends StepType>(type: T, name: string, options: z.input<(typeof stepOptions)[T]>, common: Common = {}): StepDraft {
  return { type, name, ...common, options };
}

export function group(name: string, steps: readonly NodeDraft[]): GroupDraft {
  return { type: 'group', name, steps };
}
