/** What a definition refers to: what a run's assignment holds, what the computer may download, and what may not be deleted. Pure. */
import type { Step, TaskSequenceDefinition } from '@ostler/contract';
import { activeSteps, walkSteps } from './nodes.ts';

export interface References {
  readonly imageIds: string[];
  readonly packageIds: string[];
  readonly applicationIds: string[];
  /** A step names its packages by variables, or chooses drivers for the computer's devices: which ones is known only when it runs. */
  readonly allPackages: boolean;
  readonly allApplications: boolean;
}

export function referencesOf(definition: TaskSequenceDefinition, { onlyEnabled = false } = {}): References {
  const walk = onlyEnabled ? activeSteps : walkSteps;
  const steps = [...walk(definition.steps)].map(({ step }) => step);
  const imageIds = steps.flatMap((step) => ('imageId' in step.options ? [step.options.imageId] : []));
  const allPackages = steps.some((step) => namesByVariable(step) || step.type === 'auto-apply-drivers');
  const allApplications = steps.some((step) => step.type === 'install-application' && step.options.baseVariable !== undefined);
  return {
    imageIds: unique(imageIds),
    packageIds: unique(steps.flatMap(packageIdsOf)),
    applicationIds: unique(steps.flatMap(applicationIdsOf)),
    allPackages,
    allApplications,
  };
}

function namesByVariable(step: Step): boolean {
  return step.type === 'install-package' && step.options.baseVariable !== undefined;
}

/** The packages that a step names itself. */
export function packageIdsOf({ options }: Step): string[] {
  const single = 'packageId' in options ? options.packageId : undefined;
  const several = 'packageIds' in options ? options.packageIds : [];
  const client = 'clientPackageId' in options ? options.clientPackageId : undefined;
  const source = 'source' in options && options.source.kind === 'package' ? options.source.packageId : undefined;
  const drivers = 'drivers' in options && options.drivers.kind === 'package' ? options.drivers.packageId : undefined;
  return [single, ...several, client, source, drivers].filter((id) => id !== undefined);
}

/** The programs of a package that the definition's steps name. */
export function programsOf(definition: TaskSequenceDefinition, packageId: string): string[] {
  const named = [...walkSteps(definition.steps)].map(({ step }) =>
    step.type === 'install-package' && step.options.packageId === packageId ? step.options.program : undefined,
  );
  return unique(named.filter((program) => program !== undefined));
}

export function applicationIdsOf({ options }: Step): string[] {
  return 'applicationIds' in options ? options.applicationIds : [];
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
