/** docs/reference/reports.md, from the definitions of the reports. */
import { reports } from '../../packages/server/src/reports/definitions.ts';
import { code, page, table } from './markdown.ts';

export function reportsPage(): string {
  const rows = reports.map(({ name, title, parameters, columns }) => [
    code(name),
    title,
    parameters.map((each) => (each.required ? `**${each.name}**` : each.name)).join(', '),
    columns.map(({ key }) => key).join(', '),
  ]);
  const notes = [...Map.groupBy(reports, ({ note }) => note)]
    .filter(([note]) => note !== '')
    .map(([note, same]) => `${same.map(({ name }) => code(name)).join(', ')}: ${note}`);
  return page(
    'Reports',
    'Of `ostler report run` and `POST /api/v1/reports/:name`. Parameters in bold are required; times are milliseconds or ISO 8601, shares 0 to 1.',
    table(['Report', 'What it shows', 'Parameters', 'Columns'], rows),
    ...notes,
  );
}
