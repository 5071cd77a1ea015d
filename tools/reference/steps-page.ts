/** docs/reference/steps.md, from the option schemas of the task sequence steps. */
import { stepFacts, stepOptions, type StepType } from '@ostler/contract';
import { code, page, section, table } from './markdown.ts';
import { schemaRows } from './schema-rows.ts';

export function stepsPage(): string {
  // Object.keys loses the key type of a constant table.
  const types = Object.keys(stepOptions) as StepType[];
  return page('Task sequence steps', 'Text options may hold `%variable%`; it is expanded when the step runs.', ...types.map(stepSection));
}

function stepSection(type: StepType): string {
  const { title, environments } = stepFacts[type];
  const rows = schemaRows(stepOptions[type]).map((row) => [code(row.path), row.type, row.otherwise]);
  const options = rows.length === 0 ? 'No options.' : table(['Option', 'Type', 'Default'], rows);
  return section(title, `Type ${code(type)}; runs in: ${environments.join(', ')}.`, options);
}
