/** docs/reference/variables.md, from the engine's table of variables. */
import { knownVariables, type VariableKind } from '@ostler/task-sequence';
import { code, page, section, table } from './markdown.ts';

const introduction = [
  'Names are written without regard to case: 1 to 256 letters, digits, `_` and `-`, beginning with a letter or `_`. A value has at most',
  '4000 characters; how many variables there are has no limit. Set to nothing, a variable is deleted. `%name%` is replaced by the value',
  'wherever a step takes text, ten deep; an unknown name stays as it is written. What wins, from the lowest: a child sequence, the sequence,',
  'collections by rising priority, the device, and what the run itself sets.',
].join('\n');

const kinds: Readonly<Record<VariableKind, string>> = {
  'read-only': 'Read-only: the engine sets them',
  input: 'Read by steps; they win over the step’s options',
  output: 'Set by steps',
  control: 'Read by the engine and the agent',
};

export function variablesPage(): string {
  // Object.keys loses the key type of a constant table.
  const sections = (Object.keys(kinds) as VariableKind[]).map((kind) => {
    const rows = knownVariables.filter((variable) => variable.kind === kind);
    return section(
      kinds[kind],
      table(
        ['Variable', 'Meaning', 'Status'],
        rows.map(({ name, meaning, status }) => [code(name), meaning, status]),
      ),
    );
  });
  return page('Task sequence variables', introduction, ...sections);
}
