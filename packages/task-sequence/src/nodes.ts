/** Walking the tree of a definition by paths. Pure. */
import type { Node, NodePath, Step, TaskSequenceDefinition } from '@ostler/contract';

/** The node at a path, or undefined where there is none. */
export function nodeAt(steps: readonly Node[], path: NodePath): Node | undefined {
  let level: readonly Node[] = steps;
  let node: Node | undefined;
  for (const index of path) {
    node = level[index];
    level = node?.type === 'group' ? node.steps : [];
  }
  return node;
}

/** The path that follows when the node at `path` has ended: its next sibling, or its group's; null at the end. */
export function pathAfter(steps: readonly Node[], path: NodePath): NodePath | null {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const next = [...path.slice(0, depth - 1), (path[depth - 1] ?? 0) + 1];
    if (nodeAt(steps, next) !== undefined) return next;
  }
  return null;
}

/** Where the sequence goes on after the node at `path` failed; null: the whole sequence has failed (feature map §2.2.3). */
export function pathAfterFailure(steps: readonly Node[], path: NodePath): { readonly next: NodePath | null } | null {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const here = path.slice(0, depth);
    if (nodeAt(steps, here)?.continueOnError === true) return { next: pathAfter(steps, here) };
  }
  return null;
}

/** Every step with its path, in order; groups are not steps. `enabledOnly` leaves out what is disabled, or in a disabled group. */
export function* walkSteps(
  steps: readonly Node[],
  { enabledOnly = false, prefix = [] }: { readonly enabledOnly?: boolean; readonly prefix?: NodePath } = {},
): Generator<{ readonly path: NodePath; readonly step: Step }> {
  for (const [index, node] of steps.entries()) {
    if (enabledOnly && !node.enabled) continue;
    const path = [...prefix, index];
    if (node.type === 'group') yield* walkSteps(node.steps, { enabledOnly, prefix: path });
    else yield { path, step: node };
  }
}

/** Step n of m for a display: groups and disabled steps do not count, enabled steps of a disabled group do (feature map §2.5). */
export function stepNumber(
  definition: Pick<TaskSequenceDefinition, 'steps'>,
  path: NodePath,
): { readonly number: number; readonly count: number } {
  const counted = [...walkSteps(definition.steps)].filter(({ step }) => step.enabled);
  const before = counted.filter((entry) => comparePaths(entry.path, path) <= 0);
  return { number: before.length, count: counted.length };
}

/** The names on the way to a node, for messages: `Install Operating System › Apply Operating System`. */
export function describePath(steps: readonly Node[], path: NodePath): string {
  return path.map((_index, depth) => nodeAt(steps, path.slice(0, depth + 1))?.name ?? '?').join(' › ');
}

/** Document order. */
export function comparePaths(a: NodePath, b: NodePath): number {
  for (const [depth, index] of a.entries()) {
    const other = b[depth];
    if (other === undefined) return 1;
    if (index !== other) return index - other;
  }
  return a.length - b.length;
}
