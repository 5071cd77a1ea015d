/**
 * Every step type with its options, one file a category of the editor's Add menu. The step's document is `{ type, name, options, … }`.
 * Text options hold `%variable%` and are expanded when the step runs. Sources: feature map §2.4 and §3.2.
 * The agent's table of step handlers is typed by this one.
 */
import type { z } from 'zod';
import { disksFacts, disksOptions } from './disks.ts';
import { driversFacts, driversOptions } from './drivers.ts';
import { generalFacts, generalOptions } from './general.ts';
import { imagesFacts, imagesOptions } from './images.ts';
import { importedFacts, importedOptions } from './imported.ts';
import { settingsFacts, settingsOptions } from './settings.ts';
import { softwareFacts, softwareOptions } from './software.ts';
import { userStateFacts, userStateOptions } from './user-state.ts';
import type { StepFacts } from './shared.ts';

export { FileSystem, PartitionOptions, PartitionType } from './disks.ts';
export { Environment, stepNeeds, type Interruption } from './shared.ts';

export const stepOptions = {
  ...generalOptions,
  ...softwareOptions,
  ...disksOptions,
  ...userStateOptions,
  ...imagesOptions,
  ...driversOptions,
  ...settingsOptions,
  ...importedOptions,
};

export type StepType = keyof typeof stepOptions;
export type StepOptions<T extends StepType> = z.output<(typeof stepOptions)[T]>;

/** The categories, in the order in which the editor and the reference show them. */
export const stepCategories = {
  General: generalOptions,
  Software: softwareOptions,
  Disks: disksOptions,
  'User State': userStateOptions,
  Images: imagesOptions,
  Drivers: driversOptions,
  Settings: settingsOptions,
  Imported: importedOptions,
} as const;

const facts = {
  ...generalFacts,
  ...softwareFacts,
  ...disksFacts,
  ...userStateFacts,
  ...imagesFacts,
  ...driversFacts,
  ...settingsFacts,
  ...importedFacts,
};
export const stepFacts: Readonly<Record<StepType, StepFacts>> = facts;

/** The steps that need an adapter which is not there yet; the others have a handler in the agent. */
export type ModelOnlyStepType = { [T in StepType]: (typeof facts)[T] extends { readonly needs: string } ? T : never }[StepType];
/** The steps that are a group by the time a run begins: no agent meets one. */
export type GroupStepType = { [T in StepType]: (typeof facts)[T] extends { readonly becomesGroup: true } ? T : never }[StepType];
