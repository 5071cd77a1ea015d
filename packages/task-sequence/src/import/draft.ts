/** What a step of the other product becomes here, before it is checked. */
import type { stepOptions, StepType } from '@ostler/contract';
import type { z } from 'zod';
import type { OriginalStep } from './original.ts';

/** A step type with its options. A wrong name, or an option that the step does not have, does not compile. */
export type Draft = { [T in StepType]: { readonly type: T; readonly options: z.input<(typeof stepOptions)[T]> } }[StepType];

export interface Conversion {
  readonly draft: Draft;
  /** What is not the same as there. */
  readonly notes?: readonly string[];
  /** Why it cannot run as it is: the step arrives disabled. */
  readonly obstacles?: readonly string[];
}

export interface Conversions {
  /** The id on this site for one there; where nothing stands for it, one that does not exist, and the reason. */
  reference(kind: string, originalId: string): { readonly id: string; readonly obstacles: readonly string[] };
}

/** Undefined: this step, as it is set, has no counterpart. */
export type Convert = (step: OriginalStep, site: Conversions) => Conversion | undefined;

/** The notes for settings that have no place here: each pair is a property and what to say when it is set. */
export function lost(step: OriginalStep, settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings)
    .filter(([property]) => !['', 'false'].includes(step.value(property).toLowerCase()))
    .map(([, sentence]) => sentence);
}

/** The number of a property, or undefined where there is none. */
export function numberOf(step: OriginalStep, property: string): number | undefined {
  const text = step.value(property);
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Words of a command line, without their quotation marks. */
export function words(text: string): string[] {
  return (text.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll(/^["']|["']$/g, ''));
}
