/** Whether a node runs: enabled, then its condition (feature map §2.2.4). Whether a step can run where it is, is asked when it runs. */
import type { Node, NodePath } from '@ostler/contract';
import { conditionHolds } from './conditions/condition-holds.ts';
import { describeCondition } from './conditions/describe-condition.ts';
import type { Run } from './run.ts';

export type Entry =
  | { readonly kind: 'enter' }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: Error };

const enter: Entry = { kind: 'enter' };

/**
 * Decided once, when the node is reached: a step that is tried, repeated or begun again after an interruption has been entered,
 * whatever its condition says by now. A condition that cannot be answered fails the node.
 */
export async function decideEntry(run: Run, node: Node, path: NodePath, signal: AbortSignal): Promise<Entry> {
  const { cursorState, attempts, repeats } = run.state;
  if (cursorState === 'started' || attempts > 0 || repeats > 0) return enter;
  if (!node.enabled) return { kind: 'skip', reason: 'disabled' };
  if (node.condition === undefined) return enter;
  const { variables, port } = run;
  try {
    await run.loadSecretsFor(node.condition);
    const world = { variables, facts: port.conditionFacts(run.contextAt(path, signal)) };
    if (await conditionHolds(node.condition, world)) return enter;
    return { kind: 'skip', reason: `condition not met: ${describeCondition(node.condition)}` };
  } catch (thrown) {
    // The run itself is being stopped: not the condition's failure.
    if (signal.aborted) throw thrown;
    return { kind: 'failed', error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  } finally {
    variables.dropSecrets();
  }
}
