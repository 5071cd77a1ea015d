/**
 * What is wrong with a definition before anything is deployed: missing references, steps where they cannot run, variables that
 * nobody sets. Problems keep it from being saved; warnings are things that may well be meant.
 */
import { stepFacts, stepNeeds, type Environment, type NodePath, type Step, type TaskSequenceDefinition } from '@ostler/contract';
import { expandChildren, type Expansion, type FindSequence } from './child-sequences.ts';
import { conditionProblems } from './conditions/describe-condition.ts';
import { followEnvironments, restartTargetOf, type StepPlace } from './environment-flow.ts';
import { activeNodes, activeSteps, comparePaths, describePath, nodeAt, pathKey } from './nodes.ts';
import { environmentNames } from './port.ts';
import { applicationIdsOf, packageIdsOf } from './references.ts';
import { stateStoreWarnings } from './state-store-flow.ts';
import { maySetAnything, partitionVariableOf, variablesOfCondition, variablesSetBy, variablesUsedBy } from './variable-flow.ts';
import { isKnownVariable } from './variable-table.ts';
import { isReadOnly } from './variables.ts';

/** What the definition refers to, as the site knows it. */
export interface Lookups {
  /** The indexes of an image, or undefined where there is no such image. */
  imageIndexes(imageId: string): readonly number[] | undefined;
  hasPackage(packageId: string): boolean;
  /** Names of a package's programs; without it, or undefined, they are not known and nothing is said of them. */
  packagePrograms?(packageId: string): readonly string[] | undefined;
  hasApplication(applicationId: string): boolean;
  /** The sequences that Run Task Sequence can name; without it there are none. */
  readonly findSequence?: FindSequence;
  /** The definition's own id, where it is saved already: it must not run itself. */
  readonly ownId?: string;
  /** Names of variables that collections and devices have. */
  readonly variableNames?: readonly string[];
}

export interface Problem {
  readonly path: NodePath;
  /** The names on the way to the step. */
  readonly where: string;
  readonly problem: string;
}

type Found = Pick<Problem, 'path' | 'problem'>;

/** Every problem of a definition, in the order of its steps. A sequence with problems must not be saved. */
export function validateTaskSequence(definition: TaskSequenceDefinition, lookups: Lookups): Problem[] {
  const expansion = expand(definition, lookups);
  const found = [
    ...expansion.problems,
    ...[...activeSteps(expansion.definition.steps)].flatMap(({ path, step }) =>
      [...packageProblems(step, lookups), ...stepProblems(step, lookups)].map((problem) => ({ path, problem })),
    ),
    ...environmentProblems(expansion),
    ...problemsOfConditions(expansion.definition),
    ...partitionProblems(expansion.definition, lookups),
    ...Object.keys({ ...definition.variables, ...definition.ask })
      .filter(isReadOnly)
      .map((name) => ({ path: [], problem: readOnlyText(name) })),
  ];
  return inOrder(expansion.definition, found);
}

/** What is worth a look and keeps nothing from being saved, in the order of the steps. */
export function taskSequenceWarnings(definition: TaskSequenceDefinition, lookups: Lookups): Problem[] {
  const expansion = expand(definition, lookups);
  const found = [
    ...unknownVariables(expansion.definition, lookups),
    ...restartsWithoutAgent(expansion.definition),
    ...stateStoreWarnings(expansion.definition),
  ];
  return inOrder(expansion.definition, found);
}

function expand(definition: TaskSequenceDefinition, { findSequence, ownId }: Lookups): Expansion {
  return expandChildren(definition, findSequence ?? (() => undefined), ownId ?? null);
}

function inOrder(definition: TaskSequenceDefinition, found: readonly Found[]): Problem[] {
  return found
    .toSorted((a, b) => comparePaths(a.path, b.path))
    .map(({ path, problem }) => ({ path, where: describePath(definition.steps, path) || definition.name, problem }));
}

function stepProblems(step: Step, lookups: Lookups): string[] {
  const readOnly = variablesSetBy(step).filter(isReadOnly).map(readOnlyText);
  const { needs, title } = stepFacts[step.type];
  const notThere = needs === undefined ? [] : [`${title} ${stepNeeds[needs]}: disable the step`];
  if (step.type !== 'apply-operating-system-image' && step.type !== 'apply-data-image') return [...notThere, ...readOnly];
  return [...imageProblems(step.options.imageId, step.options.index, lookups), ...notThere];
}

function readOnlyText(variable: string): string {
  return `the variable ${variable} is read-only: names that begin with _ belong to the engine`;
}

function packageProblems(step: Step, lookups: Lookups): string[] {
  const packages = packageIdsOf(step).filter((id) => !lookups.hasPackage(id));
  const applications = applicationIdsOf(step).filter((id) => !lookups.hasApplication(id));
  return [
    ...packages.map((id) => `there is no package ${id}`),
    ...programProblems(step, lookups),
    ...applications.map((id) => `there is no application ${id}`),
  ];
}

function programProblems(step: Step, lookups: Lookups): string[] {
  if (step.type !== 'install-package') return [];
  const { packageId = '', program } = step.options;
  const programs = lookups.packagePrograms?.(packageId);
  return program === undefined || programs === undefined || programs.includes(program)
    ? []
    : [`the package ${packageId} has no program ${program}`];
}

/** Conditions of enabled nodes: a disabled one is never asked, and keeps what cannot be answered here. */
function problemsOfConditions({ steps }: TaskSequenceDefinition): Found[] {
  return [...activeNodes(steps)].flatMap(({ path, node }) =>
    node.condition === undefined ? [] : conditionProblems(node.condition).map((problem) => ({ path, problem })),
  );
}

function imageProblems(imageId: string, index: number, lookups: Lookups): string[] {
  const indexes = lookups.imageIndexes(imageId);
  if (indexes === undefined) return [`there is no operating system image ${imageId}`];
  return indexes.includes(index) ? [] : [`the image ${imageId} has no index ${index}; it has ${indexes.join(', ')}`];
}

/** Steps, and children, that can run in none of the environments that the computer can be in at that point. */
function environmentProblems({ definition, children }: Expansion): Found[] {
  const startsIn = new Map(children.map(({ path, child }) => [pathKey(path), child]));
  const problems: Found[] = [];
  const places = followEnvironments(definition, (path, possible) => {
    const child = startsIn.get(pathKey(path));
    if (child === undefined || possible.has(child.startsIn)) return;
    const begins = `the task sequence ${child.name} begins in the ${environmentNames[child.startsIn]}`;
    problems.push({ path, problem: `${begins}: at this point the computer is in the ${namesOf(possible)}` });
  });
  return [...problems, ...places.filter(cannotRun).map(({ path, step, possible }) => ({ path, problem: misplaced(step, possible) }))];
}

function cannotRun({ step, possible }: StepPlace): boolean {
  return !stepFacts[step.type].environments.some((environment) => possible.has(environment));
}

function misplaced(step: Step, possible: ReadonlySet<Environment>): string {
  return `${stepFacts[step.type].title} cannot run here: at this point the computer is in the ${namesOf(possible)}`;
}

function namesOf(environments: ReadonlySet<Environment>): string {
  return [...environments].map((environment) => environmentNames[environment]).join(' or ');
}

/** A step that writes to the partition in a variable which nothing before it can have set. */
function partitionProblems({ steps, variables, ask }: TaskSequenceDefinition, { variableNames = [] }: Lookups): Found[] {
  const set = namesSet([...Object.keys({ ...variables, ...ask }), ...variableNames]);
  const problems: Found[] = [];
  let open = false;
  for (const { path, step } of activeSteps(steps)) {
    const variable = partitionVariableOf(step);
    if (variable !== null && !open && !set.has(variable.toLowerCase()) && !isKnownVariable(variable)) {
      problems.push({ path, problem: `no step before makes a partition for the variable ${variable}` });
    }
    for (const name of variablesSetBy(step)) set.add(name.toLowerCase());
    open ||= maySetAnything(step);
  }
  return problems;
}

/** Names that are used and that neither a step, nor the sequence, nor the site, nor the engine sets. */
function unknownVariables(definition: TaskSequenceDefinition, { variableNames = [] }: Lookups): Found[] {
  const steps = [...activeSteps(definition.steps)];
  const declared = Object.keys({ ...definition.variables, ...definition.ask });
  const set = namesSet([...declared, ...variableNames, ...steps.flatMap(({ step }) => variablesSetBy(step))]);
  const isUnknown = (name: string): boolean => !set.has(name.toLowerCase()) && !isKnownVariable(name);
  const warned = new Set<string>();
  const warn = (path: NodePath, names: readonly string[]): Found[] =>
    [...new Set(names)].filter(isUnknown).flatMap((name) => {
      const key = `${pathKey(path)} ${name.toLowerCase()}`;
      if (warned.has(key)) return [];
      warned.add(key);
      return [{ path, problem: `nothing sets the variable ${name}, unless a script does` }];
    });
  return steps.flatMap(({ path, step }) => [
    ...path.slice(0, -1).flatMap((_index, depth) => {
      const group = path.slice(0, depth + 1);
      return warn(group, variablesOfCondition(nodeAt(definition.steps, group)?.condition));
    }),
    ...warn(path, [...variablesOfCondition(step.condition), ...variablesUsedBy(step)]),
  ]);
}

/** The run goes on after such a restart only where an agent has been installed. */
function restartsWithoutAgent(definition: TaskSequenceDefinition): Found[] {
  return followEnvironments(definition, () => undefined)
    .filter(
      ({ step, agentInstalled }) => !agentInstalled && restartTargetOf(step) === 'installed-os' && step.type !== 'setup-operating-system',
    )
    .map(({ path }) => ({ path, problem: 'no Setup Operating System before it puts the agent into the installed system' }));
}

function namesSet(names: readonly string[]): Set<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}
