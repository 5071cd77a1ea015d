/** Which applications an application names. */
import type { ApplicationDefinition } from '@ostler/contract';

export function linksOf({ dependencies, supersedes }: Pick<ApplicationDefinition, 'dependencies' | 'supersedes'>): string[] {
  return [...dependencies, ...supersedes.map(({ applicationId }) => applicationId)];
}
