/** The sites that are measured: started from this checkout, and signed in to. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createClient, type Client } from '@ostler/contract';
import { startServer, type Server } from '@ostler/lab/server-program';

export const repository = dirname(dirname(import.meta.dirname));

export interface SitePlace {
  readonly dataDirectory: string;
  /** What it shares with other servers; null: it is the only one. */
  readonly sharedDirectory: string | null;
  readonly logFile: string;
  readonly address: string;
  readonly httpsPort: number;
  readonly httpPort: number;
  /** More flags of `ostler serve`. */
  readonly flags: readonly string[];
  /** Flags of Node. */
  readonly nodeFlags: readonly string[];
}

/** The server's program itself, so that its process id is the server's. It answers no network boot by DHCP. */
export function startSite(place: SitePlace, signal: AbortSignal): Promise<Server> {
  const { nodeFlags, flags } = place;
  const program = join(repository, 'packages/server/src/main.ts');
  const inside = (_launcher: string, args: readonly string[]) => ({ program: process.execPath, args: [...nodeFlags, program, ...args] });
  return startServer({ ...place, repository, flags: ['--dhcp-mode', 'off', ...flags], inside }, signal);
}

/** The first sign-in to a new site. @returns a client with an API token */
export async function signIn(server: Server, dataDirectory: string, signal: AbortSignal): Promise<Client> {
  const current = (await readFile(join(dataDirectory, 'first-admin-password'), 'utf8')).trim();
  const clientWith = (token: string | null): Client => createClient({ serverUrl: server.url, token, fetch: server.fetch });
  const session = await clientWith(null).call('accounts.login', { body: { name: 'admin', password: current } }, signal);
  const next = { current, next: `${current}-bench` };
  const { sessionToken } = await clientWith(session.token).call('accounts.changePassword', { body: next }, signal);
  const { token } = await clientWith(sessionToken).call('tokens.create', { body: { name: 'bench' } }, signal);
  return clientWith(token);
}
