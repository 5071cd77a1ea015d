/** After an import: what the site would refuse is disabled, with its reason in the report, so that the rest can be saved and mended. */
import type { ImportDecision } from '@ostler/contract';
import { nodeAt } from '../nodes.ts';
import type { Problem } from '../validate.ts';
import type { ImportResult } from './import-task-sequence.ts';

/** Disabling one step may make another impossible, such as what runs after a restart; each round names what is left. */
const rounds = 20;

/** The sequence and its report with every step disabled that has a problem. What is wrong with more than a step stays for the save to refuse. */
export async function disableProblems(
  imported: ImportResult,
  problemsOf: (definition: ImportResult['definition']) => Promise<readonly Problem[]>,
): Promise<ImportResult> {
  const definition = structuredClone(imported.definition);
  const decisions = structuredClone(imported.decisions);
  const byPath = new Map(decisions.map((decision) => [decision.path.join('.'), decision]));
  for (let round = 0; round < rounds; round += 1) {
    const problems = await problemsOf(definition);
    const disabled = problems.filter(({ path, problem }) => {
      const node = path.length === 0 ? undefined : nodeAt(definition.steps, path);
      const decision = byPath.get(path.join('.'));
      if (node === undefined || decision === undefined) return false;
      node.enabled = false;
      note(decision, problem);
      return true;
    });
    if (disabled.length === 0) break;
  }
  return { definition, decisions };
}

function note(decision: ImportDecision, problem: string): void {
  decision.decision = 'disabled';
  if (!decision.notes.includes(problem)) decision.notes.push(problem);
}
