/** What changed between two versions of a task sequence, step by step: added, removed, moved, changed. Pure. */
import type { Node, NodePath, TaskSequenceChange, TaskSequenceDefinition } from '@ostler/contract';
import { comparePaths, describePath } from '../nodes.ts';
import { fieldChanges, sequenceChanges } from './fields.ts';
import { Contents, matchSiblings, nameKey, placesOf, reordered, type Pair, type Place } from './match-siblings.ts';

/** Every change from one version to another, in the order of the newer one. */
export function diffTaskSequences(before: TaskSequenceDefinition, after: TaskSequenceDefinition): TaskSequenceChange[] {
  const comparison = new Comparison(before, after);
  comparison.compareChildren({ steps: before.steps, path: [] }, { steps: after.steps, path: [] });
  comparison.pairWhatMoved();
  const fields = sequenceChanges(before, after);
  const sequence: TaskSequenceChange[] =
    fields.length === 0 ? [] : [{ kind: 'changed', where: '', path: [], type: null, movedFrom: null, fields }];
  return [...sequence, ...comparison.changes.toSorted((a, b) => comparePaths(a.path, b.path))];
}

interface Level {
  readonly steps: readonly Node[];
  readonly path: NodePath;
}

class Comparison {
  readonly changes: TaskSequenceChange[] = [];
  readonly #before: TaskSequenceDefinition;
  readonly #after: TaskSequenceDefinition;
  readonly #contents = new Contents();
  /** Without a counterpart among their siblings: removed or added, or moved to another group. */
  readonly #removed: Place[] = [];
  readonly #added: Place[] = [];

  constructor(before: TaskSequenceDefinition, after: TaskSequenceDefinition) {
    this.#before = before;
    this.#after = after;
  }

  compareChildren(before: Level, after: Level): void {
    const { pairs, removed, added } = matchSiblings(placesOf(before.steps, before.path), placesOf(after.steps, after.path), this.#contents);
    const movedPairs = reordered(pairs);
    for (const pair of pairs) this.#comparePair(pair, movedPairs.has(pair));
    this.#removed.push(...removed);
    this.#added.push(...added);
  }

  /** A removed step that stands in another group now has moved there. What is left over is removed and added. */
  pairWhatMoved(): void {
    const targets = Map.groupBy(this.#added.splice(0).flatMap(withDescendants), ({ node }) => nameKey(node));
    // Groups first: a step goes with its group.
    this.#removed.sort((a, b) => Number(b.node.type === 'group') - Number(a.node.type === 'group'));
    const taken = new Set<Node>();
    for (let place = this.#removed.shift(); place !== undefined; place = this.#removed.shift()) {
      const target = targets.get(nameKey(place.node))?.find(({ node }) => !taken.has(node));
      if (target === undefined) {
        this.#add('removed', place, this.#before);
        if (place.node.type === 'group') this.#removed.unshift(...placesOf(place.node.steps, place.path));
        continue;
      }
      for (const { node } of withDescendants(target)) taken.add(node);
      this.#comparePair({ before: place, after: target }, true);
      for (const { node } of this.#added.flatMap(withDescendants)) taken.delete(node);
      this.#added.length = 0;
    }
    for (const place of [...targets.values()].flat()) if (!taken.has(place.node)) this.#add('added', place, this.#after);
  }

  #comparePair({ before, after }: Pair, moved: boolean): void {
    const fields = fieldChanges(before.node, after.node);
    if (moved) this.#add('moved', after, this.#after, { fields, movedFrom: describePath(this.#before.steps, before.path) });
    else if (fields.length > 0) this.#add('changed', after, this.#after, { fields });
    if (before.node.type === 'group' && after.node.type === 'group') {
      this.compareChildren({ steps: before.node.steps, path: before.path }, { steps: after.node.steps, path: after.path });
    }
  }

  #add(
    kind: TaskSequenceChange['kind'],
    { node, path }: Place,
    { steps }: TaskSequenceDefinition,
    more: Partial<Pick<TaskSequenceChange, 'fields' | 'movedFrom'>> = {},
  ): void {
    this.changes.push({ kind, where: describePath(steps, path), path: [...path], type: node.type, movedFrom: null, fields: [], ...more });
  }
}

function withDescendants(place: Place): Place[] {
  const { node, path } = place;
  return node.type === 'group' ? [place, ...placesOf(node.steps, path).flatMap(withDescendants)] : [place];
}
