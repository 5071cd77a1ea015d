/** docs/reference/settings.md, from the settings of the server and of distribution points. */
import type { z } from 'zod';
import { listSettings, Settings } from '../../packages/server/src/config.ts';
import { PointSettings } from '../../packages/server/src/distribution-point/settings.ts';
import { code, page, section, table } from './markdown.ts';
import { schemaRows } from './schema-rows.ts';

export function settingsPage(): string {
  return page(
    'Settings of the server',
    'A setting comes from the configuration file, from the environment or from a flag of `ostler serve`.',
    settingsTable(Settings),
    section('Settings of a distribution point', 'Of `ostler distribution-point serve`, in the same places.', settingsTable(PointSettings)),
  );
}

function settingsTable(settings: z.ZodObject): string {
  const types = new Map(schemaRows(settings).map((row) => [row.path, row.type]));
  const rows = listSettings(settings).map((setting) => [
    code(setting.name),
    `${code(setting.flag)} ${code(setting.variable)}`,
    types.get(setting.name) ?? '',
    code(JSON.stringify(setting.defaultValue)),
    setting.description,
  ]);
  return table(['Setting', 'Flag and variable', 'Type', 'Default', 'What it is'], rows);
}
