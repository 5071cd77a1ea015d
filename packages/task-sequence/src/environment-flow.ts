/** Follows in which environment a sequence can be at each of its steps. Pure. */
import { stepFacts, type Environment, type Node, type NodePath, type Step, type TaskSequenceDefinition } from '@ostler/contract';

export interface StepPlace {
  readonly path: NodePath;
  readonly step: Step;
  /** Where the computer can be when the step's turn comes. */
  readonly possible: ReadonlySet<Environment>;
  /** A step before it may have made the installed system one that the run goes on in. */
  readonly agentInstalled: boolean;
}

const requested: Readonly<Record<string, Environment>> = { hd: 'installed-os', winpe: 'boot-image' };

/**
 * Every step that can run with the places it can run in. A restart under a condition, or in a group that has one, leaves both
 * open. `entered` is told where the computer can be when a group is entered.
 */
export function followEnvironments(
  { steps, startsIn }: Pick<TaskSequenceDefinition, 'steps' | 'startsIn'>,
  entered: (path: NodePath, possible: ReadonlySet<Environment>) => void,
): StepPlace[] {
  const places: StepPlace[] = [];
  let possible: ReadonlySet<Environment> = new Set([startsIn]);
  let agentInstalled = startsIn === 'installed-os';
  const visit = (nodes: readonly Node[], prefix: NodePath, certain: boolean): void => {
    for (const [index, node] of nodes.entries()) {
      if (!node.enabled) continue;
      const path = [...prefix, index];
      const sure = certain && node.condition === undefined;
      if (node.type === 'group') {
        entered(path, possible);
        visit(node.steps, path, sure);
        continue;
      }
      places.push({ path, step: node, possible, agentInstalled });
      const target = restartTargetOf(node);
      if (target !== undefined) possible = sure ? new Set([target]) : new Set([...possible, target]);
      agentInstalled ||= stepFacts[node.type].restartsTo === 'installed-os';
    }
  };
  visit(steps, [], true);
  return places;
}

/** Where the step restarts to, by what it is or by the variable that it sets. */
export function restartTargetOf(step: Step): Environment | undefined {
  if (step.type === 'restart-computer') return step.options.target;
  if (step.type !== 'set-task-sequence-variable') return stepFacts[step.type].restartsTo;
  const { variable, value } = step.options;
  return variable.toLowerCase() === 'smstsrebootrequested' ? requested[value.toLowerCase()] : undefined;
}
