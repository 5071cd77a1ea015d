/**
 * Which site the command line talks to: server address, token, and the CA it trusts. Read from flags, the environment and
 * the file that `ostler login` writes.
 */
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { ApiError, createClient, OstlerError, type Client, type Fetch } from '@ostler/contract';
import { z } from 'zod';
import { readTextFile } from './read-text-file.ts';

/** What `ostler login` keeps, readable by its owner only. */
export const SavedConnection = z.strictObject({ serverUrl: z.url(), token: z.string(), caPem: z.string() });
export type SavedConnection = z.output<typeof SavedConnection>;

/** The world, as main.ts read it. */
export interface ConnectionSources {
  readonly serverUrl: string | undefined;
  readonly token: string | undefined;
  readonly caFile: string | undefined;
  readonly configDirectory: string;
}

export interface Connection {
  readonly serverUrl: string;
  readonly token: string | null;
  readonly caPem: string;
}

export function connectionFile(configDirectory: string): string {
  return join(configDirectory, 'ostler', 'site.json');
}

/** Flags and environment win over the saved sign-in. @throws OstlerError NO_SITE when nothing names a server. */
export async function readConnection(sources: ConnectionSources): Promise<Connection> {
  const saved = await readSaved(sources.configDirectory);
  const serverUrl = (sources.serverUrl ?? saved?.serverUrl)?.replace(/\/$/, '');
  if (serverUrl === undefined) throw new OstlerError('NO_SITE', {});
  const caPem = sources.caFile === undefined ? (saved?.caPem ?? '') : await readTextFile(sources.caFile);
  return { serverUrl, token: sources.token ?? saved?.token ?? null, caPem };
}

export async function saveConnection(configDirectory: string, connection: SavedConnection): Promise<void> {
  const path = connectionFile(configDirectory);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, JSON.stringify(connection), { mode: 0o600 });
  await chmod(`${path}.new`, 0o600);
  await rename(`${path}.new`, path);
}

export async function forgetConnection(configDirectory: string): Promise<void> {
  await rm(connectionFile(configDirectory), { force: true });
}

/** A client that trusts the site's CA and nothing else, where there is one. */
export function connect({ serverUrl, token, caPem }: Connection): Client {
  if (caPem !== '') setDefaultCACertificates([caPem]);
  return createClient({ serverUrl, token, fetch: fetchOrExplain });
}

/** Network trouble as an error of the catalogue, with the reason that `fetch` hides in its cause. */
export const fetchOrExplain: Fetch = (url, init) => explained(fetch(url, init), url, init.signal);

/** What is fetched, of which `fetchOrExplain` would give less. @throws OstlerError SERVER_UNREACHABLE */
export async function explained<T>(answer: Promise<T>, url: string, signal: AbortSignal): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new OstlerError('SERVER_UNREACHABLE', { url: new URL(url).origin, reason: deepestMessage(cause) }, { cause });
  }
}

/** True for an error that may be gone after another try: the server is away or overloaded. */
export function isTransient(thrown: unknown): boolean {
  if (thrown instanceof OstlerError) return thrown.code === 'SERVER_UNREACHABLE';
  return thrown instanceof ApiError && (thrown.status === 503 || thrown.status === 502);
}

/** The last sign-in here; null: there is none. */
export async function readSaved(configDirectory: string): Promise<SavedConnection | null> {
  const text = await readFile(connectionFile(configDirectory), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = SavedConnection.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}

function deepestMessage(thrown: unknown): string {
  let error = thrown;
  while (error instanceof Error && error.cause instanceof Error) error = error.cause;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  return message === '' ? code : message;
}
