/**
 * Run Task Sequence (feature map §2.2.10): before a run begins, each such step becomes a group that holds the child's steps. So one
 * journal, one environment of variables and one rule for failures and restarts serve parent and children alike. Pure.
 */
import {
  OstlerError,
  type Group,
  type Node,
  type NodePath,
  type SequenceQuestion,
  type Step,
  type TaskSequenceDefinition,
} from '@ostler/contract';
import { activeSteps, describePath, walkNodes } from './nodes.ts';

/** The definition of a task sequence, or undefined where there is none of that id. */
export type FindSequence = (taskSequenceId: string) => TaskSequenceDefinition | undefined;

export interface Expansion {
  /** A step whose child cannot be run stays as it was. */
  readonly definition: TaskSequenceDefinition;
  /** Why a child cannot be run. The paths are the expanded definition's. */
  readonly problems: readonly { readonly path: NodePath; readonly problem: string }[];
  /** Where each child begins. */
  readonly children: readonly { readonly path: NodePath; readonly child: TaskSequenceDefinition }[];
}

type ChildStep = Step<'run-task-sequence'>;

/** Deeper than people nest, and far from what a machine cannot hold: children of children multiply. */
const deepestNesting = 10;
const mostNodes = 50_000;

/**
 * Puts children in the place of the steps that run them. A child's own variables and questions are defaults: the parent's win, and between two
 * children the one that comes first.
 * @param ownId the definition's own id, to find a sequence that runs itself; null for one that is not saved yet
 */
export function expandChildren(definition: TaskSequenceDefinition, find: FindSequence, ownId: string | null): Expansion {
  const expander = new Expander(find);
  const steps = expander.expand(definition.steps, [], ownId === null ? [] : [ownId]);
  const { problems, children, variables } = expander;
  const asked = new Set(Object.keys(definition.ask).map((name) => name.toLowerCase()));
  const ofChildren = [...expander.ask].filter(([key]) => !asked.has(key)).map(([, { name, question }]) => [name, question] as const);
  const ask = { ...definition.ask, ...Object.fromEntries(ofChildren) };
  for (const [name, value] of Object.entries(definition.variables)) variables.set(name.toLowerCase(), { name, value });
  const merged = Object.fromEntries([...variables.values()].map(({ name, value }) => [name, value]));
  return { definition: { ...definition, variables: merged, ask, steps }, problems, children };
}

/** The ids of the sequences that a definition runs itself, not those that its children run. */
export function childIdsOf(definition: Pick<TaskSequenceDefinition, 'steps'>): string[] {
  const ids = [...walkNodes(definition.steps)].flatMap(({ node }) =>
    node.type === 'run-task-sequence' ? [node.options.taskSequenceId] : [],
  );
  return [...new Set(ids)];
}

/** A run whose sequence has a child that could not be put in its place fails before its first step, whatever absorbs errors. */
export function unavailableChild({ steps }: TaskSequenceDefinition): OstlerError | null {
  for (const { path, step } of activeSteps(steps)) {
    if (step.type !== 'run-task-sequence') continue;
    return new OstlerError('CHILD_SEQUENCE_UNAVAILABLE', { id: step.options.taskSequenceId, step: describePath(steps, path) });
  }
  return null;
}

class Expander {
  readonly problems: { path: NodePath; problem: string }[] = [];
  readonly children: { path: NodePath; child: TaskSequenceDefinition }[] = [];
  readonly variables = new Map<string, { readonly name: string; readonly value: string }>();
  readonly ask = new Map<string, { readonly name: string; readonly question: SequenceQuestion }>();
  readonly #find: FindSequence;
  #nodes = 0;

  constructor(find: FindSequence) {
    this.#find = find;
  }

  /** @param ids of the sequences that are being expanded around these nodes */
  expand(nodes: readonly Node[], prefix: NodePath, ids: readonly string[], active = true): Node[] {
    return nodes.map((node, index) => {
      this.#nodes += 1;
      const path = [...prefix, index];
      const runs = active && node.enabled;
      if (node.type === 'group') return { ...node, steps: this.expand(node.steps, path, ids, runs) };
      return node.type === 'run-task-sequence' ? this.#child(node, path, ids, runs) : node;
    });
  }

  #child(step: ChildStep, path: NodePath, ids: readonly string[], active: boolean): Node {
    const id = step.options.taskSequenceId;
    const child = this.#find(id);
    const problem = this.#problemOf(child, id, ids);
    if (child === undefined || problem !== null) {
      if (active) this.problems.push({ path, problem: problem ?? '' });
      return step;
    }
    if (active) this.children.push({ path, child });
    for (const [name, value] of Object.entries(child.variables)) {
      if (!this.variables.has(name.toLowerCase())) this.variables.set(name.toLowerCase(), { name, value });
    }
    for (const [name, question] of Object.entries(child.ask))
      if (!this.ask.has(name.toLowerCase())) this.ask.set(name.toLowerCase(), { name, question });
    return asGroup(step, this.expand(child.steps, path, [...ids, id], active));
  }

  #problemOf(child: TaskSequenceDefinition | undefined, id: string, ids: readonly string[]): string | null {
    if (child === undefined) return `there is no task sequence ${id}`;
    if (!child.enabled) return `the task sequence ${child.name} is disabled`;
    if (ids.includes(id)) return `the task sequence ${child.name} would run itself without end`;
    if (ids.length > deepestNesting) return `task sequences run each other more than ${deepestNesting} deep`;
    return this.#nodes > mostNodes ? `with its children the sequence has more than ${mostNodes} groups and steps` : null;
  }
}

function asGroup({ name, description, enabled, continueOnError, condition }: ChildStep, steps: Node[]): Group {
  return { type: 'group', name, description, enabled, continueOnError, ...(condition === undefined ? {} : { condition }), steps };
}
