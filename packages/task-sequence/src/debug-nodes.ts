/** The groups and steps of a run as the debugger shows them: where each is, and its marks. Pure. */
import type { DebugNode, EngineState, TaskSequenceDefinition } from '@ostler/contract';
import { pathKey, placeOf, walkNodes } from './nodes.ts';

/** In the order of the sequence. Before the first save no state is there. */
export function debugNodes(
  { steps }: Pick<TaskSequenceDefinition, 'steps'>,
  state: Pick<EngineState, 'cursor' | 'outcomes' | 'debugger'> | null,
): DebugNode[] {
  const outcomes = new Map(state?.outcomes.map((outcome) => [pathKey(outcome.path), outcome.state]));
  const breakpoints = new Set(state?.debugger.breakpoints.map(pathKey));
  const current = state === null || state.cursor === null ? null : pathKey(state.cursor);
  return [...walkNodes(steps)].map(({ path, node: { name, type, enabled } }) => {
    const key = pathKey(path);
    const marks = { current: key === current, breakpoint: breakpoints.has(key), outcome: outcomes.get(key) ?? null };
    return { path, place: placeOf(path), name, type, enabled, ...marks };
  });
}
