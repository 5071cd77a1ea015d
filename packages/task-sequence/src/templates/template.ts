/** What templates are written with: steps whose options are checked by the compiler, groups, and the table of templates. */
import type { Condition, GenerateTaskSequence, stepOptions, StepType, TaskSequenceDefinition, TemplateName } from '@ostler/contract';
import type { z } from 'zod';

/** A definition before its defaults. */
export type TemplateDraft = Partial<z.input<typeof TaskSequenceDefinition>> & { readonly steps: NodeDraft[] };
export interface NodeDraft {
  readonly type: StepType | 'group';
  readonly name: string;
}
export type ChoicesOf<T extends TemplateName> = Extract<GenerateTaskSequence, { template: T }>;
export type TemplatesOf<T extends TemplateName> = { readonly [K in T]: (choices: ChoicesOf<K>) => TemplateDraft };

interface Common {
  readonly description?: string;
  readonly condition?: Condition;
  readonly continueOnError?: boolean;
}

/** One step of a template. */
export function step<T extends StepType>(
  type: T,
  name: string,
  options: z.input<(typeof stepOptions)[T]>,
  common: Common = {},
): NodeDraft & { readonly options: unknown } {
  return { type, name, ...common, options };
}

/** A group of a template; null where nothing was chosen for it. */
export function group(name: string, steps: readonly (NodeDraft | null)[], common: Common = {}): NodeDraft | null {
  const made: NodeDraft & { readonly steps: NodeDraft[] } = { type: 'group', name, ...common, steps: present(steps) };
  return made.steps.length === 0 ? null : made;
}

export function present(nodes: readonly (NodeDraft | null)[]): NodeDraft[] {
  return nodes.filter((node) => node !== null);
}

export const inInstalledSystem = { variable: '_SMSTSInWinPE', operator: 'equals', value: 'false' } as const satisfies Condition;
