/**
 * Writes docs/reference from the sources (`npm run reference`), or with `--check` says which pages are not current
 * and exits 1, as the gate does.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { taskSequenceJsonSchema } from '@ostler/contract';
import { conditionsPage } from './conditions-page.ts';
import { errorsPage } from './errors-page.ts';
import { eventsPage } from './events-page.ts';
import { reportsPage } from './reports-page.ts';
import { routesPage } from './routes-page.ts';
import { settingsPage } from './settings-page.ts';
import { stepsPage } from './steps-page.ts';
import { variablesPage } from './variables-page.ts';

const folder = resolve(import.meta.dirname, '../../docs/reference');
const pages: Readonly<Record<string, () => string>> = {
  'conditions.md': conditionsPage,
  'errors.md': errorsPage,
  'events.md': eventsPage,
  'reports.md': reportsPage,
  'routes.md': routesPage,
  'settings.md': settingsPage,
  'steps.md': stepsPage,
  'variables.md': variablesPage,
  'task-sequence.schema.json': () => `${JSON.stringify(taskSequenceJsonSchema(), null, 2)}\n`,
};

const stale: string[] = [];
await mkdir(folder, { recursive: true });
for (const [name, generate] of Object.entries(pages)) {
  const file = resolve(folder, name);
  const text = generate();
  if ((await readFile(file, 'utf8').catch(() => '')) === text) continue;
  stale.push(`docs/reference/${name}`);
  if (!process.argv.includes('--check')) await writeFile(file, text);
}
if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`Not current: ${stale.join(', ')}. Run \`npm run reference\`.`);
  process.exitCode = 1;
}
