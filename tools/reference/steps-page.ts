/** docs/reference/steps.md, from the option schemas of the task sequence steps. */
import { stepCategories, stepFacts, stepNeeds, stepOptions, type StepType } from '@ostler/contract';
import { code, page, section, subsection, table } from './markdown.ts';
import { schemaRows } from './schema-rows.ts';

export function stepsPage(): string {
  return page(
    'Task sequence steps',
    'Text options may hold `%variable%`; it is expanded when the step runs.',
    ...Object.entries(stepCategories).flatMap(([category, options]) => categorySection(category, options)),
  );
}

function categorySection(category: string, options: object): string[] {
  // Object.keys loses the key type of a constant table.
  const types = Object.keys(options) as StepType[];
  return types.length === 0 ? [] : [section(category), ...types.map(stepSection)];
}

function stepSection(type: StepType): string {
  const { title, environments, needs } = stepFacts[type];
  const status = needs === undefined ? 'works' : stepNeeds[needs];
  const rows = schemaRows(stepOptions[type]).map((row) => [code(row.path), row.type, row.otherwise]);
  const options = rows.length === 0 ? 'No options.' : table(['Option', 'Type', 'Default'], rows);
  return subsection(title, `Type ${code(type)}; runs in: ${environments.join(', ')}; status: ${status}.`, options);
}
