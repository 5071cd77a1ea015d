/** docs/reference/conditions.md, from the schemas of the conditions, their guide and the table of WMI classes. */
import { conditionGuides, conditionSchemas, wmiClasses, wmiClassNames, type ConditionKindName } from '@ostler/contract';
import { stringify } from 'yaml';
import { code, page, section, table } from './markdown.ts';
import { schemaRows } from './schema-rows.ts';

const introduction = [
  'A group or step may have a `condition`; without one it always runs. It is evaluated when the step or group is reached, a group’s once. One key names the kind; ' +
    '`all`, `any` and `none` (If All, If Any, If None) hold lists of conditions and nest. Texts may hold `%variable%`, except for queries, where `%` has its own meaning.',
  '**A condition that cannot be answered is an error that says why, never false**: its step or group fails, as if the step itself had. ' +
    'What the boot environment asks of “the operating system” is the one that the run applied or, before that, the one found on the disks; on a computer without one nothing is installed.',
  [
    '```yaml',
    'condition:',
    '  all:',
    '    - { variable: _SMSTSInWinPE, operator: equals, value: "true" }',
    '    - none:',
    '        - { folder: /srv/data }',
    '```',
  ].join('\n'),
].join('\n\n');

const queries = section(
  'Queries',
  '`SELECT * FROM class`, or with a list of properties, then `WHERE` with `AND`, `OR`, `NOT`, parentheses, `=`, `<>`, `!=`, `<`, `>`, `<=`, `>=`, `LIKE` (`%`, `_`, `[a-f]`, `[^abc]`), ' +
    '`IS NULL`, `IS NOT NULL`. Texts are in single or double quotes, with `\\` before a quote or a backslash; they compare without regard to case. Of a property that is a list any element may be as wanted. ' +
    'A property that is NULL equals nothing, so that `<>` and `NOT` hold for it. A class or property that is not in this table is refused when the task sequence is saved.',
  table(
    ['Class', 'Namespace', 'Properties'],
    wmiClassNames().map((name) => [code(name), code(wmiClasses[name].namespace), wmiClasses[name].properties.join(', ')]),
  ),
);

export function conditionsPage(): string {
  // Object.keys loses the key type of a constant table.
  const kinds = Object.keys(conditionSchemas) as ConditionKindName[];
  return page('Conditions', introduction, ...kinds.map(kindSection), queries);
}

function kindSection(kind: ConditionKindName): string {
  const { title, holds, bootEnvironment, installedSystem, example } = conditionGuides[kind];
  const rows = schemaRows(conditionSchemas[kind]).map((row) => [code(row.path), row.type, row.otherwise, row.description]);
  return section(
    title,
    holds,
    table(['Boot environment', 'Installed operating system'], [[bootEnvironment, installedSystem]]),
    table(['Field', 'Type', 'Default', 'What it is'], rows),
    ['```yaml', stringify({ condition: example }, { lineWidth: 0 }).trimEnd(), '```'].join('\n'),
  );
}
