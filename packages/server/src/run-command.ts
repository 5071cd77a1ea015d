/**
 * The commands of the server's program: `serve` is the default; `restore` lays down a backup; `account` lets somebody in again; `distribution-point` is
 * another process. What they read of the world main.ts gives.
 */
import { readFileSync } from 'node:fs';
import { isOstlerError } from '@ostler/contract';
import { pino, type Logger } from 'pino';
import { runAccountCommand } from './accounts/recover-command.ts';
import { startApp, type App } from './app.ts';
import type { Config } from './config.ts';
import { runPointCommand } from './distribution-point/command.ts';
import { describeLocation } from './database/connect.ts';
import { restore } from './backup/restore-command.ts';
import { describeSettings, loadConfig } from './load-config.ts';

const usage = `Usage: ostler serve [--SETTING VALUE …]

Runs the site: the API, content and agents over HTTPS, boot files over HTTP, network boot.
A flag is stronger than an environment variable, that is stronger than the file, that than the default.

Settings:
${describeSettings()}

Other commands: restore --from DIR --data-directory DIR; account recover NAME
`;

/** People read standard error; the log, for programs, is standard output. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function createLog(level: string): Logger {
  const redact = ['headers.authorization', 'req.headers.authorization', 'password', '*.password', 'token', '*.token'];
  return pino({ level, redact });
}

function announce({ site, isFirstStart }: App): void {
  const { config, data } = site;
  say(`Ostler is running.
  API, agents, content   ${site.serverUrl()}   (its description: ${site.serverUrl()}/api/v1/docs)
  Boot files             ${site.filesUrl()}
  Data                   ${data.root}${data.shared === data.root ? '' : `, shared: ${data.shared}`}
  Database               ${describeLocation(site.location)}
  Network boot           ${config.dhcp.mode}
  Machines trust         ${config.caFile ?? `${data.certificates}/ca.pem`}`);
  if (!isFirstStart) return;
  say(`
This is a new site. Its first administrator is \`admin\`, with the one-time password in
  ${data.firstAdministratorPassword}
Sign in and choose another one:
  ./ostler login ${site.serverUrl()} --ca ${data.certificates}/ca.pem`);
}

async function serve(words: readonly string[], environment: World['environment']): Promise<void> {
  if (words.includes('--help') || words.includes('-h')) {
    process.stdout.write(usage);
    return;
  }
  const config: Config = loadConfig({ flags: words, environment, readFile: (path) => readFileSync(path, 'utf8') });
  const log = createLog(config.logLevel);
  const stopped = stopSignal(log);
  await using app = await startApp({ config, log, now: Date.now, environment });
  announce(app);
  await stopped;
}

/** Settles at the first SIGTERM or SIGINT; a second one ends the process as it is. */
function stopSignal(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.once(name, () => {
        log.info({ signal: name }, 'stopping');
        resolve();
      });
    }
  });
}

export interface World {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** @returns the exit code */
export async function runCommand({ words, environment }: World): Promise<number> {
  const [command = 'serve', ...rest] = words;
  try {
    if (command === 'restore') await restore(rest, say);
    else if (command === 'account') await runAccountCommand({ words: rest, environment, say, createLog, now: Date.now });
    else if (command === 'distribution-point') await runPointCommand({ words: rest, environment, say, createLog, stopped: stopSignal });
    else await serve(command === 'serve' ? rest : words, environment);
    return 0;
  } catch (error) {
    if (!isOstlerError(error)) throw error;
    say(`ostler: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`);
    return 1;
  }
}
