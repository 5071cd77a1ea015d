/** Which of two lists of siblings are the same step or group in two versions. Steps have no ids: names, types and contents tell. */
import type { Node, NodePath } from '@ostler/contract';

export interface Place {
  readonly node: Node;
  readonly path: NodePath;
}
export interface Pair {
  readonly before: Place;
  readonly after: Place;
}
export interface Matching {
  readonly pairs: readonly Pair[];
  readonly removed: readonly Place[];
  readonly added: readonly Place[];
}

/** Equal keys for equal nodes. A group's key is made of its children's, so that a deep tree is written out once and not once a level. */
export class Contents {
  readonly #keys = new WeakMap<Node, string>();
  readonly #numbers = new Map<string, number>();

  keyOf(node: Node): string {
    const known = this.#keys.get(node);
    if (known !== undefined) return known;
    const key = this.#number(this.#write(node));
    this.#keys.set(node, key);
    return key;
  }

  keyWithoutName(node: Node): string {
    return this.#number(this.#write({ ...node, name: '' }));
  }

  #write(node: Node): string {
    if (node.type !== 'group') return JSON.stringify(node);
    return JSON.stringify({ ...node, steps: node.steps.map((step) => this.keyOf(step)) });
  }

  #number(text: string): string {
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    return String(number);
  }
}

/** First what is equal; then by type and name; then by equal contents under another name; then groups that begin with the same step. */
export function matchSiblings(before: readonly Place[], after: readonly Place[], contents: Contents): Matching {
  const keys: readonly ((place: Place) => string | null)[] = [
    ({ node }) => contents.keyOf(node),
    ({ node }) => nameKey(node),
    ({ node }) => contents.keyWithoutName(node),
    groupKey,
  ];
  let matching: Matching = { pairs: [], removed: before, added: after };
  for (const keyOf of keys) {
    const { pairs, removed, added } = matchBy(matching.removed, matching.added, keyOf);
    matching = { pairs: [...matching.pairs, ...pairs], removed, added };
  }
  return matching;
}

/** What a step is known by in another place. */
export function nameKey(node: Node): string {
  return `${node.type}\n${node.name}`;
}

export function placesOf(steps: readonly Node[], path: NodePath): Place[] {
  return steps.map((node, index) => ({ node, path: [...path, index] }));
}

/**
 * The pairs that changed their order among their siblings: the fewest that explain it, the others stay (longest increasing run).
 */
export function reordered(pairs: readonly Pair[]): ReadonlySet<Pair> {
  const inNewOrder = pairs.toSorted((a, b) => lastOf(a.after) - lastOf(b.after));
  /** `tails[n]`: the position in `inNewOrder` of the smallest end of a run of n + 1. */
  const tails: number[] = [];
  const previous: (number | undefined)[] = [];
  const indexAt = (position: number | undefined): number => {
    const pair = position === undefined ? undefined : inNewOrder[position];
    return pair === undefined ? -1 : lastOf(pair.before);
  };
  for (const [position, pair] of inNewOrder.entries()) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (indexAt(tails[middle]) < lastOf(pair.before)) low = middle + 1;
      else high = middle;
    }
    previous[position] = low === 0 ? undefined : tails[low - 1];
    tails[low] = position;
  }
  const staying = new Set<number>();
  for (let at = tails.at(-1); at !== undefined; at = previous[at]) staying.add(at);
  return new Set(inNewOrder.filter((_pair, position) => !staying.has(position)));
}

function lastOf({ path }: Place): number {
  return path.at(-1) ?? 0;
}

/** Equal keys pair in their order; null never pairs. */
function matchBy(before: readonly Place[], after: readonly Place[], keyOf: (place: Place) => string | null): Matching {
  const waiting = Map.groupBy(before, keyOf);
  for (const places of waiting.values()) places.reverse();
  const pairs: Pair[] = [];
  const added: Place[] = [];
  for (const place of after) {
    const key = keyOf(place);
    const match = key === null ? undefined : waiting.get(key)?.pop();
    if (match === undefined) added.push(place);
    else pairs.push({ before: match, after: place });
  }
  const matched = new Set(pairs.map((pair) => pair.before));
  return { pairs, removed: before.filter((place) => !matched.has(place)), added };
}

/** Groups whose steps begin alike are one group that was renamed and changed. */
function groupKey({ node }: Place): string | null {
  if (node.type !== 'group') return null;
  const [first] = node.steps;
  return first === undefined ? null : nameKey(first);
}
