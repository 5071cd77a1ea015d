/** docs/reference/settings.md, from the server's settings. */
import { listSettings, Settings } from '../../packages/server/src/config.ts';
import { code, page, table } from './markdown.ts';
import { schemaRows } from './schema-rows.ts';

export function settingsPage(): string {
  const types = new Map(schemaRows(Settings).map((row) => [row.path, row.type]));
  const rows = listSettings().map((setting) => [
    code(setting.name),
    `${code(setting.flag)} ${code(setting.variable)}`,
    types.get(setting.name) ?? '',
    code(JSON.stringify(setting.defaultValue)),
    setting.description,
  ]);
  return page(
    'Settings of the server',
    'A setting comes from the configuration file, from the environment or from a flag of `ostler serve`.',
    table(['Setting', 'Flag and variable', 'Type', 'Default', 'What it is'], rows),
  );
}
