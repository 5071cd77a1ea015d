/** Walking the tree of a definition by paths. Pure. */
import type { Node, NodePath, Step } from '@ostler/contract';

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

/** Every group and step with its path, in order, a group before what is in it. */
export function* walkNodes(steps: readonly Node[], prefix: NodePath = []): Generator<{ readonly path: NodePath; readonly node: Node }> {
  for (const [index, node] of steps.entries()) {
    const path = [...prefix, index];
    yield { path, node };
    if (node.type === 'group') yield* walkNodes(node.steps, path);
  }
}

/** Every step with its path, in order; groups are not steps. */
export function* walkSteps(steps: readonly Node[]): Generator<{ readonly path: NodePath; readonly step: Step }> {
  for (const { path, node } of walkNodes(steps)) {
    if (node.type !== 'group') yield { path, step: node };
  }
}

/** Every group and step that can be reached: neither it nor a group around it is disabled. */
export function* activeNodes(steps: readonly Node[], prefix: NodePath = []): Generator<{ readonly path: NodePath; readonly node: Node }> {
  for (const [index, node] of steps.entries()) {
    if (!node.enabled) continue;
    const path = [...prefix, index];
    yield { path, node };
    if (node.type === 'group') yield* activeNodes(node.steps, path);
  }
}

/** Every step that can run: neither it nor a group around it is disabled. */
export function* activeSteps(steps: readonly Node[]): Generator<{ readonly path: NodePath; readonly step: Step }> {
  for (const { path, node } of activeNodes(steps)) {
    if (node.type !== 'group') yield { path, step: node };
  }
}

/** Step n of m for a display. */
export interface StepNumber {
  readonly number: number;
  readonly count: number;
}

/** Numbers every node once: groups and disabled steps do not count, enabled steps of a disabled group do (feature map §2.5). */
export function numberSteps(steps: readonly Node[]): (path: NodePath) => StepNumber {
  const numbers = new Map<string, number>();
  let count = 0;
  for (const { path, node } of walkNodes(steps)) {
    if (node.type !== 'group' && node.enabled) count += 1;
    numbers.set(pathKey(path), count);
  }
  return (path) => ({ number: numbers.get(pathKey(path)) ?? 0, count });
}

/** The path as text, to look something up by: `1.0`. */
export function pathKey(path: NodePath): string {
  return path.join('.');
}

/** The path as people count: `2.1` is the first node of the second group. */
export function placeOf(path: NodePath): string {
  return path.map((index) => index + 1).join('.');
}

/** The names on the way to a node, for messages: `Install Operating System › Apply Operating System`. */
export function describePath(steps: readonly Node[], path: NodePath): string {
  return path.map((_index, depth) => nodeAt(steps, path.slice(0, depth + 1))?.name ?? '?').join(' › ');
}

/** In the order of the sequence, a group before what is in it. */
export function comparePaths(a: NodePath, b: NodePath): number {
  for (const [depth, index] of a.entries()) {
    const other = b[depth];
    if (other === undefined) return 1;
    if (index !== other) return index - other;
  }
  return a.length - b.length;
}
