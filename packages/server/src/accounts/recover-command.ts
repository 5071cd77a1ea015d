/**
 * `account recover`: the command line of letting somebody in again who lost password or second factor. It works on the files of a server that is
 * stopped, and so for whoever may read and write these alone.
 */
import { readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { OstlerError } from '@ostler/contract';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { dataDirectoryAt, unusable } from '../data-directory.ts';
import { connectDatabase, locationOf } from '../database/connect.ts';
import { loadConfig } from '../load-config.ts';
import { lockDataDirectory } from '../lock-data-directory.ts';
import { recoverAccount, type Recovered, type Recovery } from './recover.ts';

const usage = `Usage: ostler account recover NAME [--reset-password] [--remove-second-factor] [--SETTING VALUE …]

Lets somebody in again where no administrator is left who could: on the site's server, as the user that the server runs as, while it is stopped.

  --reset-password
      Prints a one-time password, which the first sign-in replaces. An account of an identity provider signs in with it instead.
  --remove-second-factor
      The account signs in with the password alone. Recovery codes go too.

Its sessions end, its API tokens go on, and the audit log says that it was done. The settings are those of \`ostler serve\`:

  systemctl stop ostler
  ostler account recover admin --reset-password --remove-second-factor --config /etc/ostler/ostler.yaml
  systemctl start ostler
`;

const flags = { resetPassword: '--reset-password', removeSecondFactor: '--remove-second-factor' } as const;
/** Those that are no settings. */
export const recoverFlags: readonly string[] = Object.values(flags);

export interface AccountWorld {
  /** After `account`. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (text: string) => void;
  readonly createLog: (level: string) => Logger;
  readonly now: () => number;
}

/** @throws OstlerError BAD_REQUEST, DATA_DIRECTORY_IN_USE, ACCOUNT_UNKNOWN, and what loadConfig and connectDatabase throw */
export async function runAccountCommand({ words: [verb, name = '', ...words], ...world }: AccountWorld): Promise<void> {
  if (verb !== 'recover' || [name, ...words].some((word) => word === '--help' || word === '-h')) {
    process.stdout.write(usage);
    return;
  }
  const recovery = { resetPassword: words.includes(flags.resetPassword), removeSecondFactor: words.includes(flags.removeSecondFactor) };
  if (name === '' || name.startsWith('-') || !Object.values(recovery).includes(true)) {
    throw new OstlerError('BAD_REQUEST', { problem: `name the account, then say ${recoverFlags.join(', ')}, or both` });
  }
  const settings = words.filter((word) => !recoverFlags.includes(word));
  const config = loadConfig({ flags: settings, environment: world.environment, readFile: (path) => readFileSync(path, 'utf8') });
  world.say(told(name, recovery, await recoverAt(config, name, recovery, world)));
}

async function recoverAt(
  { dataDirectory, databaseUrl, logLevel }: Config,
  name: string,
  recovery: Recovery,
  { createLog, now }: Pick<AccountWorld, 'createLog' | 'now'>,
): Promise<Recovered> {
  await using cleanUp = new AsyncDisposableStack();
  const data = dataDirectoryAt(dataDirectory);
  const location = locationOf(databaseUrl, data);
  // Where there is no site, none is to be made.
  await access(location.dialect === 'sqlite' ? location.path : data.root).catch((error: unknown) => {
    throw unusable(data.root, error);
  });
  cleanUp.use(await lockDataDirectory(data));
  const database = await connectDatabase(location, createLog(logLevel));
  cleanUp.defer(() => database.close());
  return await recoverAccount(database, name, recovery, now());
}

function told(name: string, { removeSecondFactor }: Recovery, { password, disabled }: Recovered): string {
  return [
    ...(password === null ? [] : [`The one-time password of ${name} is ${password}`, 'It must be changed at the first sign-in.']),
    ...(removeSecondFactor ? [`${name} signs in with the password alone.`] : []),
    ...(disabled ? [`The account is disabled: another administrator enables it with \`ostler account enable ${name}\`.`] : []),
    'Its sessions have ended. Start the site again.',
  ].join('\n');
}
