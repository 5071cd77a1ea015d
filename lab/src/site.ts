/**
 * A site of the lab: a copy of the prepared one, with a real server in a network's namespace. The copy's content is linked, not
 * copied; its database is its own. Building the prepared site is prepare-site.ts's.
 */
import { copyFile, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { createClient, type RouteAnswer, type RouteName, type RouteRequest } from '@ostler/contract';
import { sendFile, type Answer } from './https-fetch.ts';
import type { Network } from './network.ts';
import type { Access } from './prepare-site.ts';
import { startServer, type Server, type ServerPlace } from './server-program.ts';

export interface SiteOptions {
  readonly repository: string;
  /** The data directory to copy. */
  readonly prepared: string;
  readonly access: Access;
  readonly network: Network;
  /** Where the copy and the server's log go. */
  readonly folder: string;
  readonly dhcpMode: 'proxy' | 'full';
}

export interface Site extends AsyncDisposable {
  readonly url: string;
  readonly dataDirectory: string;
  readonly logFile: string;
  readonly caFile: string;
  /** One call of the API. @throws ApiError, or Error when the server cannot be reached */
  call<N extends RouteName>(name: N, request: RouteRequest<N>, signal: AbortSignal): Promise<RouteAnswer<N>>;
  /** What `./ostler` prints to an administrator who calls it with these words. @throws OstlerError COMMAND_FAILED */
  ostler(words: readonly string[], signal: AbortSignal): Promise<string>;
  /** Any request to the API, with whatever key the caller has. @throws Error when the server cannot be reached */
  request(asked: { readonly method: string; readonly path: string; readonly key: string }, signal: AbortSignal): Promise<Answer>;
  /** Uploads a file. @returns the upload's id */
  upload(path: string, fileName: string, sizeBytes: number, signal: AbortSignal): Promise<string>;
  /** Ends the server: kindly, or as a power cut would. */
  stop(how: 'stopped' | 'killed'): Promise<void>;
  start(signal: AbortSignal): Promise<void>;
  /** Where a piece of content lies in the store. */
  contentPath(sha256: string): string;
  /** Changes one byte of stored content, in this site only. */
  corruptContent(sha256: string, signal: AbortSignal): Promise<void>;
}

/** Copies, starts and waits until the server is ready. */
export async function createSite(options: SiteOptions, signal: AbortSignal): Promise<Site> {
  const dataDirectory = join(options.folder, 'site');
  await copyDataDirectory(options.prepared, dataDirectory, signal);
  const place = serverPlace(options, dataDirectory);
  return siteOf(place, options.access, await startServer(place, signal));
}

function serverPlace({ network, folder, repository, dhcpMode }: SiteOptions, dataDirectory: string): ServerPlace {
  const { server: address, rangeStart, rangeEnd, netmask } = network.addresses;
  const range = ['--dhcp-range-start', rangeStart, '--dhcp-range-end', rangeEnd, '--dhcp-netmask', netmask];
  const flags = ['--dhcp-mode', dhcpMode, '--dhcp-interface', network.bridge, ...(dhcpMode === 'full' ? range : [])];
  const logFile = join(folder, 'server.log');
  return { repository, dataDirectory, logFile, address, httpsPort: 8443, httpPort: 8080, flags, inside: network.inside };
}

function siteOf(place: ServerPlace, { token }: Access, started: Server): Site {
  let server: Server | null = started;
  const on = (): Server => {
    if (server === null) throw new Error('The server is stopped.');
    return server;
  };
  const stop: Site['stop'] = async (how) => {
    await server?.program.stop(how === 'killed' ? 0 : 15_000);
    server = null;
  };
  const { dataDirectory, logFile, repository } = place;
  const caFile = join(dataDirectory, 'certificates', 'ca.pem');
  const contentPath = (sha256: string): string => join(dataDirectory, 'content', sha256.slice(0, 2), sha256);
  const call: Site['call'] = (name, request, signal) =>
    createClient({ serverUrl: on().url, token, fetch: on().fetch }).call(name, request, signal);
  return {
    url: started.url,
    dataDirectory,
    logFile,
    caFile,
    call,
    ostler: async (words, signal) => {
      const env = { OSTLER_SERVER: on().url, OSTLER_TOKEN: token, OSTLER_CA: caFile };
      return (await run(join(repository, 'ostler'), words, { cwd: repository, env, signal })).stdout;
    },
    request: async ({ method, path, key }, signal) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const answer = await on().fetch(`${on().url}${path}`, { method, headers, ...(method === 'GET' ? {} : { body: '[]' }), signal });
      return { status: answer.status, body: await answer.text() };
    },
    upload: async (path, fileName, sizeBytes, signal) => {
      const { id } = await call('uploads.create', { body: { fileName, sizeBytes } }, signal);
      const body = { 'content-type': 'application/octet-stream', 'content-length': String(sizeBytes), 'upload-offset': '0' };
      const headers = { authorization: `Bearer ${token}`, ...body };
      await sendFile(`${on().url}/api/v1/uploads/${id}`, on().caPem, { method: 'PATCH', headers, signal }, path);
      return id;
    },
    stop,
    start: async (signal) => {
      server ??= await startServer(place, signal);
    },
    contentPath,
    corruptContent: async (sha256, signal) => corrupt(contentPath(sha256), signal),
    [Symbol.asyncDispose]: () => stop('stopped'),
  };
}

/** What can be made again stays behind: the build cache is large, and nothing is built here. */
const leftBehind = new Set(['cache', 'tmp', 'uploads']);

async function copyDataDirectory(from: string, to: string, signal: AbortSignal): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const part of await readdir(from)) {
    if (!leftBehind.has(part)) await run('cp', [part === 'content' ? '-al' : '-a', join(from, part), to], { signal });
  }
}

/** The file is a link to the prepared site's: a copy takes its place first. */
async function corrupt(path: string, signal: AbortSignal): Promise<void> {
  await copyFile(path, `${path}.copy`);
  await run('chmod', ['u+w', `${path}.copy`], { signal });
  await run('dd', ['if=/dev/zero', `of=${path}.copy`, 'bs=1', 'count=64', 'seek=1000000', 'conv=notrunc'], { signal });
  await rename(`${path}.copy`, path);
}
