/** What the steps of all categories are made of: expanded text, environments, and the facts that the engine reads. */
import { z } from 'zod';
import { VariableName } from '../common.ts';

/** Text in which `%variable%` is expanded. */
export const Text = z.string().max(4000);

/** The partition that a step works on: where an image goes, what is encrypted. */
export const Destination = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('next-available-partition') }),
  z.strictObject({ kind: z.literal('disk-partition'), disk: z.number().int().min(0), partition: z.number().int().min(1) }),
  z.strictObject({ kind: z.literal('variable'), variable: VariableName }),
]);

/** Where a step can run: the boot environment, the installed system, or both (feature map §2.4 "Env"). */
export const Environment = z.enum(['boot-image', 'installed-os']);
export type Environment = z.output<typeof Environment>;
export const both: readonly Environment[] = ['boot-image', 'installed-os'];
export const bootImage: readonly Environment[] = ['boot-image'];
export const installedOs: readonly Environment[] = ['installed-os'];

/** What the engine does when a step was interrupted by a power cut or a crash: begin it again, or count it as failed. */
export type Interruption = 'repeat' | 'fail';
/** What a step waits for that the product does not have yet. */
export type StepNeed = 'windows-adapter' | 'counterpart';
/** Each need as people read it: in a refusal and as the step's status in the reference. */
export const stepNeeds: Readonly<Record<StepNeed, string>> = {
  'windows-adapter': 'needs the Windows adapter, which is not there yet',
  counterpart: 'stands for a step that has no counterpart here',
};

/** What the engine knows of a step type. */
export interface StepFacts {
  readonly title: string;
  readonly environments: readonly Environment[];
  readonly interrupted: Interruption;
  /** The step ends with a restart into this environment when it has succeeded. */
  readonly restartsTo?: Environment;
  /** No program carries the step out: when a run begins, a group of other steps takes its place. */
  readonly becomesGroup?: true;
  /** The step is in the model only: what carries it out on the machine is not there yet, and an enabled one is refused when it is saved. */
  readonly needs?: StepNeed;
}
/** The facts of every step in one category's table of options. */
export type StepFactsOf<Options> = { readonly [T in keyof Options]: StepFacts };
