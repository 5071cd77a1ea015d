/** The sequences that a sequence runs, and those that they run: what the engine's expansion asks for. */
import type { TaskSequenceDefinition } from '@ostler/contract';
import { childIdsOf, type FindSequence } from '@ostler/task-sequence';
import type { Queries } from '../devices/store.ts';
import { findNewestDefinition } from './store.ts';

/** Reads every child at any depth once, in its newest version; children that are not there are left out. */
export async function findChildren(sql: Queries, definition: Pick<TaskSequenceDefinition, 'steps'>): Promise<FindSequence> {
  const found = new Map<string, TaskSequenceDefinition | undefined>();
  let wanted = childIdsOf(definition);
  while (wanted.length > 0) {
    const next: string[] = [];
    for (const id of wanted) {
      if (found.has(id)) continue;
      const child = await findNewestDefinition(sql, id);
      found.set(id, child);
      if (child !== undefined) next.push(...childIdsOf(child));
    }
    wanted = next;
  }
  return (id) => found.get(id);
}
