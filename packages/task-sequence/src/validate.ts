/** What is wrong with a definition before anything is deployed: missing references and steps where they cannot run. */
import { stepFacts, stepNeeds, type Environment, type Node, type NodePath, type Step, type TaskSequenceDefinition } from '@ostler/contract';
import { conditionProblems } from './conditions/describe-condition.ts';
import { activeSteps, describePath } from './nodes.ts';
import { environmentNames } from './port.ts';
import { applicationIdsOf, packageIdsOf } from './references.ts';

/** What the definition refers to, as the site knows it. */
export interface Lookups {
  /** The indexes of an image, or undefined where there is no such image. */
  imageIndexes(imageId: string): readonly number[] | undefined;
  hasPackage(packageId: string): boolean;
  hasApplication(applicationId: string): boolean;
}

export interface Problem {
  readonly path: NodePath;
  /** The names on the way to the step. */
  readonly where: string;
  readonly problem: string;
}

/** Every problem of a definition, in the order of its steps. A sequence with problems must not be saved. */
export function validateTaskSequence(definition: TaskSequenceDefinition, lookups: Lookups): Problem[] {
  const found = [
    ...[...activeSteps(definition.steps)].flatMap(({ path, step }) =>
      [...packageProblems(step, lookups), ...stepProblems(step, lookups)].map((problem) => ({ path, problem })),
    ),
    ...environmentProblems(definition.steps),
    ...problemsOfConditions(definition.steps),
  ];
  return found
    .toSorted((a, b) => a.path.join('.').localeCompare(b.path.join('.'), 'en', { numeric: true }))
    .map(({ path, problem }) => ({ path, where: describePath(definition.steps, path), problem }));
}

function stepProblems(step: Step, lookups: Lookups): string[] {
  switch (step.type) {
    case 'apply-operating-system-image':
    case 'apply-data-image': {
      return imageProblems(step.options.imageId, step.options.index, lookups);
    }
    case 'set-task-sequence-variable': {
      return step.options.variable.startsWith('_')
        ? [`the variable ${step.options.variable} is read-only: names that begin with _ belong to the engine`]
        : [];
    }
    default: {
      return [];
    }
  }
}

function packageProblems(step: Step, lookups: Lookups): string[] {
  const packages = packageIdsOf(step).filter((id) => !lookups.hasPackage(id));
  const applications = applicationIdsOf(step).filter((id) => !lookups.hasApplication(id));
  return [...packages.map((id) => `there is no package ${id}`), ...applications.map((id) => `there is no application ${id}`)];
}

/** Conditions of enabled nodes: a disabled one is never asked, and keeps what cannot be answered here. */
function problemsOfConditions(nodes: readonly Node[], prefix: NodePath = []): { path: NodePath; problem: string }[] {
  return nodes.flatMap((node, index) => {
    if (!node.enabled) return [];
    const path = [...prefix, index];
    const own = node.condition === undefined ? [] : conditionProblems(node.condition).map((problem) => ({ path, problem }));
    return node.type === 'group' ? [...own, ...problemsOfConditions(node.steps, path)] : own;
  });
}

function imageProblems(imageId: string, index: number, lookups: Lookups): string[] {
  const indexes = lookups.imageIndexes(imageId);
  if (indexes === undefined) return [`there is no operating system image ${imageId}`];
  return indexes.includes(index) ? [] : [`the image ${imageId} has no index ${index}; it has ${indexes.join(', ')}`];
}

/**
 * Follows where the sequence can be at each step: it begins in the boot environment, and a restart moves it. A step that can
 * run in none of the possible environments is a problem; a condition or a disabled restart leaves both open.
 */
function environmentProblems(steps: readonly Node[]): { path: NodePath; problem: string }[] {
  const problems: { path: NodePath; problem: string }[] = [];
  let possible = new Set<Environment>(['boot-image']);
  const visit = (nodes: readonly Node[], prefix: NodePath, certain: boolean): void => {
    for (const [index, node] of nodes.entries()) {
      if (!node.enabled) continue;
      const path = [...prefix, index];
      const sure = certain && node.condition === undefined;
      if (node.type === 'group') {
        visit(node.steps, path, sure);
        continue;
      }
      const { environments, title, needs } = stepFacts[node.type];
      if (needs !== undefined) problems.push({ path, problem: `${title} ${stepNeeds[needs]}: disable the step` });
      if (!environments.some((environment) => possible.has(environment))) {
        const here = [...possible].map((environment) => environmentNames[environment]).join(' or ');
        problems.push({ path, problem: `${title} cannot run here: at this point the computer is in the ${here}` });
      }
      const target = node.type === 'restart-computer' ? node.options.target : stepFacts[node.type].restartsTo;
      if (target !== undefined) possible = sure ? new Set([target]) : new Set([...possible, target]);
    }
  };
  visit(steps, [], true);
  return problems;
}
