/** A site that has whatever a definition refers to: what is wrong with the definition itself is found without a site. Pure. */
import type { TaskSequenceDefinition } from '@ostler/contract';
import { walkSteps } from './nodes.ts';
import type { Lookups } from './validate.ts';

export function assumedLookups(definition: TaskSequenceDefinition): Lookups {
  const indexes = [...walkSteps(definition.steps)].flatMap(({ step }) => ('imageId' in step.options ? [step.options.index] : []));
  return {
    imageIndexes: () => indexes,
    hasPackage: () => true,
    hasApplication: () => true,
    findSequence: () => ({ ...definition, steps: [] }),
  };
}
