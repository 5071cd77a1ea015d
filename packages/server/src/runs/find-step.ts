/** The step or group of a run that a person means: by its name, or by its place. */
import { OstlerError, type NodePath, type TaskSequenceDefinition } from '@ostler/contract';
import { describePath, nodeAt, placeOf, walkNodes } from '@ostler/task-sequence';

/** @throws OstlerError RUN_STEP_NOT_FOUND, RUN_STEP_AMBIGUOUS */
export function findStep({ steps }: TaskSequenceDefinition, runId: string, wanted: string): NodePath {
  if (/^\d+(\.\d+)*$/.test(wanted)) {
    const path = wanted.split('.').map((place) => Number(place) - 1);
    if (nodeAt(steps, path) !== undefined) return path;
  }
  const named = [...walkNodes(steps)].filter(({ node }) => node.name.toLowerCase() === wanted.toLowerCase());
  const [first, second] = named;
  if (first === undefined) throw new OstlerError('RUN_STEP_NOT_FOUND', { id: runId, step: wanted });
  if (second === undefined) return first.path;
  const places = named.map(({ path }) => `${placeOf(path)} (${describePath(steps, path)})`).join(', ');
  throw new OstlerError('RUN_STEP_AMBIGUOUS', { id: runId, step: wanted, places });
}
