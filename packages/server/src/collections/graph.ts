/** How collections depend on each other: by their limiting collection and by what they include and exclude. Pure. */
import type { CompiledQuery } from './query/query-language.ts';

/** A collection of the administrator's, ready to be asked of devices. */
export interface CollectionNode {
  readonly id: string;
  readonly name: string;
  readonly limitingId: string;
  readonly queries: readonly { readonly text: string; readonly ask: CompiledQuery }[];
  readonly includes: readonly string[];
  readonly excludes: readonly string[];
}

interface Edge {
  readonly to: string;
  readonly verb: string;
}

export type CollectionLinks = Pick<CollectionNode, 'id' | 'name' | 'limitingId' | 'includes' | 'excludes'>;

/** Each after everything that it depends on. What is part of a cycle comes last: none is ever saved. */
export function inOrder<N extends CollectionLinks>(nodes: readonly N[]): N[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const ordered = new Set<N>();
  const visit = (node: N, above: ReadonlySet<string>): void => {
    if (ordered.has(node) || above.has(node.id)) return;
    const around = new Set([...above, node.id]);
    for (const { to } of edgesOf(node)) {
      const next = byId.get(to);
      if (next !== undefined) visit(next, around);
    }
    ordered.add(node);
  };
  for (const node of nodes) visit(node, new Set());
  return [...ordered];
}

/** The collection itself and whatever depends on it, at any distance. */
export function withDependants(nodes: readonly CollectionLinks[], id: string): Set<string> {
  const found = new Set([id]);
  for (const node of inOrder(nodes)) if (edgesOf(node).some(({ to }) => found.has(to))) found.add(node.id);
  return found;
}

/** `A includes B, B is limited by A`, or null when nothing depends on itself. @param id where to look for one */
export function cycleThrough(nodes: readonly CollectionLinks[], id: string): string | null {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const seen = new Set<string>();
  const search = (at: string, way: readonly string[]): string | null => {
    const node = byId.get(at);
    if (node === undefined || seen.has(at)) return null;
    seen.add(at);
    for (const { to, verb } of edgesOf(node)) {
      const further = [...way, `${node.name} ${verb} ${byId.get(to)?.name ?? to}`];
      const found = to === id ? further.join(', ') : search(to, further);
      if (found !== null) return found;
    }
    return null;
  };
  return search(id, []);
}

function edgesOf({ limitingId, includes, excludes }: CollectionLinks): Edge[] {
  return [
    { to: limitingId, verb: 'is limited by' },
    ...includes.map((to) => ({ to, verb: 'includes' })),
    ...excludes.map((to) => ({ to, verb: 'excludes' })),
  ];
}
