/** A whole site for one test: its own data directory, SQLite, ports that the system chooses. */
import { readFile } from 'node:fs/promises';
import type { Account, Assignment } from '@ostler/contract';
import { temporaryDirectory } from '@ostler/testkit';
import { startApp, type App, type AppSources } from '../src/app.ts';
import { loadConfig } from '../src/load-config.ts';
import type { Config } from '../src/config.ts';
import { silentLog } from './databases.ts';

export interface RunningApp extends AsyncDisposable {
  readonly app: App;
  readonly config: Config;
  /** A session of the administrator, who has changed the first password. */
  signIn(): Promise<string>;
}

export const administratorPassword = 'correct horse battery staple';

export function configFor(dataDirectory: string, ...flags: readonly string[]): Config {
  const words = [
    '--data-directory',
    dataDirectory,
    '--https-port',
    '0',
    '--http-port',
    '0',
    '--dhcp-mode',
    'off',
    '--listen-address',
    '127.0.0.1',
  ];
  return loadConfig({ flags: [...words, '--site-address', '127.0.0.1', ...flags], environment: {}, readFile: () => '' });
}

export async function runApp(...flags: readonly string[]): Promise<RunningApp> {
  return runAppWith({}, ...flags);
}

export async function runAppWith(
  { log = silentLog, ...sources }: Partial<Pick<AppSources, 'log' | 'patience'>>,
  ...flags: readonly string[]
): Promise<RunningApp> {
  await using cleanUp = new AsyncDisposableStack();
  const folder = cleanUp.use(await temporaryDirectory());
  const config = configFor(`${folder.path}/data`, ...flags);
  const app = cleanUp.use(await startApp({ config, log, now: Date.now, environment: {}, ...sources }));
  const running = cleanUp.move();
  return { app, config, signIn: () => signIn(app), [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** The administrator of a new site changes the first password. @returns a session */
export async function signIn({ site }: App): Promise<string> {
  const { accounts, data } = site;
  const first = (await readFile(data.firstAdministratorPassword, 'utf8')).trim();
  const session = await accounts.signIn({ name: 'admin', password: first }, 'test');
  const person = await accounts.findByToken(session.token);
  return (await accounts.changePassword(person?.accountId ?? '', first, administratorPassword, person?.credential.id ?? null)) ?? '';
}

/** What anAccount of this name signs in with. */
export function passwordOf(name: string): string {
  return `${administratorPassword} of ${name}`;
}

/** An account with these roles that has changed its one-time password, and a session of it. */
export async function anAccount({ app }: RunningApp, administrator: string, name: string, assignments: readonly Assignment[]) {
  const made = await app.https.inject({
    method: 'POST',
    url: '/api/v1/accounts',
    headers: { authorization: `Bearer ${administrator}` },
    payload: { name, assignments },
  });
  const { account, password } = made.json<{ account: Account; password: string }>();
  const { accounts } = app.site;
  const person = await accounts.findByToken((await accounts.signIn({ name, password }, 'test')).token);
  const own = passwordOf(name);
  const token = (await accounts.changePassword(account.id, password, own, person?.credential.id ?? null)) ?? '';
  return { account, token };
}
