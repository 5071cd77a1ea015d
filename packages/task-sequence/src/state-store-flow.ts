/** Request and Release State Store belong together (feature map §2.4): without a Release no state is kept, and none is ever deleted. Pure. */
import type { NodePath, TaskSequenceDefinition } from '@ostler/contract';
import { activeSteps } from './nodes.ts';

interface Warning {
  readonly path: NodePath;
  readonly problem: string;
}

const neverReleased = {
  capture: 'no Release State Store follows before the next request: what is captured is not kept',
  restore: 'no Release State Store follows before the next request: what is restored stays at the site',
} as const;

/** Every Request that nothing releases, and every Release without a Request. */
export function stateStoreWarnings({ steps }: Pick<TaskSequenceDefinition, 'steps'>): Warning[] {
  const warnings: Warning[] = [];
  let open: { readonly path: NodePath; readonly purpose: keyof typeof neverReleased } | null = null;
  const warnOpen = (): void => {
    if (open !== null) warnings.push({ path: open.path, problem: neverReleased[open.purpose] });
  };
  for (const { path, step } of activeSteps(steps)) {
    if (step.type === 'request-state-store') {
      warnOpen();
      open = { path, purpose: step.options.purpose };
    } else if (step.type === 'release-state-store') {
      if (open === null) warnings.push({ path, problem: 'no Request State Store comes before it' });
      open = null;
    }
  }
  warnOpen();
  return warnings;
}
