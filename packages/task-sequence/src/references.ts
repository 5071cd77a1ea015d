/** What a definition refers to: what a run's assignment holds, what the computer may download, and what may not be deleted. Pure. */
import type { Step, TaskSequenceDefinition } from '@ostler/contract';
import { walkSteps } from './nodes.ts';

export interface References {
  readonly imageIds: string[];
  readonly packageIds: string[];
  /** A step names its packages by variables: which ones is known only when it runs. */
  readonly allPackages: boolean;
}

export function referencesOf(definition: TaskSequenceDefinition): References {
  const steps = [...walkSteps(definition.steps)].map(({ step }) => step);
  const imageIds = steps.flatMap((step) => ('imageId' in step.options ? [step.options.imageId] : []));
  const allPackages = steps.some((step) => step.type === 'install-package' && step.options.baseVariable !== undefined);
  return { imageIds: unique(imageIds), packageIds: unique(steps.flatMap(packageIdsOf)), allPackages };
}

/** The packages that a step names itself. */
export function packageIdsOf({ options }: Step): string[] {
  if ('packageIds' in options) return options.packageIds;
  if ('packageId' in options) return options.packageId === undefined ? [] : [options.packageId];
  if ('source' in options && options.source.kind === 'package') return [options.source.packageId];
  return [];
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
