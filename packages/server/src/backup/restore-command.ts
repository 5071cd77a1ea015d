/** `restore`: the command line of restoring. */
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { OstlerError } from '@ostler/contract';
import { dataDirectoryAt } from '../data-directory.ts';
import { restoreBackup } from './restore.ts';

const keyFileName = basename(dataDirectoryAt('/').secretsKey);

const restoreUsage = `Usage: ostler restore --from DIR --data-directory DIR [--database-url URL]

Lays the backup in --from down as the new data directory --data-directory, which must be empty or not there.
Every file is checked against the backup's manifest. A backup of a site on PostgreSQL needs --database-url
of an empty database.
`;

const text = { type: 'string' } as const;
const restoreOptions = { from: text, 'data-directory': text, 'database-url': text, help: { type: 'boolean', short: 'h' } } as const;

/** `--from` and the others. */
export const restoreFlags: readonly string[] = Object.keys(restoreOptions).map((name) => `--${name}`);

/** @throws OstlerError BAD_REQUEST, and what restoreBackup throws */
export async function restore(words: readonly string[], say: (text: string) => void): Promise<void> {
  const options = readOptions(words);
  if (options === null) {
    say(restoreUsage);
    return;
  }
  const { files } = await restoreBackup({ ...options, signal: new AbortController().signal });
  say(`Restored ${files.length} files into ${options.dataDirectory}. Start the site with --data-directory ${options.dataDirectory}.
The settings it ran with are in ${options.dataDirectory}/restored-ostler.yaml.`);
  if (files.some(({ path }) => path === keyFileName)) return;
  say(`The key that seals secrets is not in this backup, because it was not in the data directory. Give it to the site as before: see sealingKey in
those settings. An encrypted credential opens on the machine that made it only; elsewhere, start with the key itself.`);
}

function readOptions(words: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...words], options: restoreOptions });
    const { from, 'data-directory': dataDirectory } = values;
    if (values.help === true) return null;
    if (from === undefined || dataDirectory === undefined) throw new Error('--from and --data-directory are needed');
    return { from: resolve(from), dataDirectory: resolve(dataDirectory), databaseUrl: values['database-url'] ?? null };
  } catch (error) {
    throw new OstlerError('BAD_REQUEST', { problem: error instanceof Error ? error.message : String(error) }, { cause: error });
  }
}
