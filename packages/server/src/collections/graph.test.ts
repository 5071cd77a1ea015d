import { describe, expect, it } from 'vitest';
import { cycleThrough, inOrder, withDependants, type CollectionLinks } from './graph.ts';

const node = (id: string, limitingId: string, includes: string[] = [], excludes: string[] = []): CollectionLinks => {
  return { id, name: id.toUpperCase(), limitingId, includes, excludes };
};

describe('collections that depend on each other', () => {
  const nodes = [node('c', 'b'), node('d', 'all', ['c']), node('b', 'a'), node('e', 'all', [], ['d']), node('a', 'all')];

  it('are evaluated after what they depend on', () => {
    expect(inOrder(nodes).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('are evaluated with what depends on them, and nothing else', () => {
    expect([...withDependants(nodes, 'c')].toSorted()).toEqual(['c', 'd', 'e']);
    expect([...withDependants(nodes, 'e')]).toEqual(['e']);
  });

  it('are refused when one would depend on itself, naming the way round', () => {
    expect(cycleThrough(nodes, 'c')).toBeNull();
    expect(cycleThrough([...nodes.filter(({ id }) => id !== 'a'), node('a', 'all', [], ['d'])], 'a')).toBe(
      'A excludes D, D includes C, C is limited by B, B is limited by A',
    );
    expect(cycleThrough([node('a', 'all', ['a'])], 'a')).toBe('A includes A');
  });
});
