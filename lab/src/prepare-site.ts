/**
 * Builds what every scenario needs once: a site with a boot image and a default operating system image, by a real server on
 * loopback (where Debian's mirror can be reached). Later runs find it in the cache; the server itself decides whether the boot
 * image has to be built anew.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, toErrorBody, type Client, type Job } from '@ostler/contract';
import { z } from 'zod';
import type { Cache } from './cache.ts';
import { ServerEnded, startServer, type Server } from './server-program.ts';

/** An API token of the prepared site, and the administrator's password for a person who wants to look around. */
export const Access = z.strictObject({ token: z.string(), password: z.string() });
export type Access = z.output<typeof Access>;

/** Images of the prepared site, by what a scenario calls them. */
export const preparedImages = {
  default: { name: 'Debian 13 (lab)', extraPackages: [] },
  /** With what some steps need in the installed system: encrypted disks and the TPM, network folders and servers for them, Python. */
  equipped: {
    name: 'Debian 13 (lab, equipped with TPM)',
    extraPackages: [
      'cryptsetup-initramfs',
      'systemd-cryptsetup',
      'libtss2-esys-3.0.2-0t64',
      'libtss2-rc0t64',
      'libtss2-tcti-device0t64',
      'cifs-utils',
      'ksmbd-tools',
      'nfs-kernel-server',
      'python3-minimal',
    ],
  },
} as const satisfies Record<string, { readonly name: string; readonly extraPackages: readonly string[] }>;
export type PreparedImage = keyof typeof preparedImages;

export interface PreparedSite {
  readonly access: Access;
  /** Those that were asked for; the default one always. */
  readonly imageIds: Readonly<Partial<Record<PreparedImage, string>>>;
  readonly bootImageId: string;
  /** The boot image's kernel, to try KVM with. */
  readonly kernelSha256: string;
  /** How long each part took, in order. */
  readonly times: readonly { readonly what: string; readonly ms: number }[];
}

export interface PrepareOptions {
  readonly repository: string;
  readonly cache: Cache;
  /** Besides the default one. */
  readonly images: readonly PreparedImage[];
  readonly onProgress: (text: string) => void;
}

/**
 * Needs the cache's lock. A cached site that this version of the server does not start on is thrown away and built anew.
 * @throws Error when a build fails, with the server's words
 */
export async function prepareSite(options: PrepareOptions, signal: AbortSignal): Promise<PreparedSite> {
  const { cache, onProgress } = options;
  const begunAt = performance.now();
  const server = await startPrepared(options, signal).catch(async (error: unknown) => {
    signal.throwIfAborted();
    if (!(error instanceof ServerEnded) || !(await exists(cache.access))) throw error;
    onProgress('The cached site is of another version: building it anew.');
    await rm(cache.site, { recursive: true, force: true });
    await rm(cache.access, { force: true });
    return startPrepared(options, signal);
  });
  try {
    const access = await signIn(server, cache, signal);
    const client = createClient({ serverUrl: server.url, token: access.token, fetch: server.fetch });
    const startedAt = performance.now();
    const build = await client.call('bootImages.build', { body: { options: {}, force: false } }, signal);
    await finishJob(client, build, 'boot image', onProgress, signal);
    const bootImageAt = performance.now();
    const imageIds: Partial<Record<PreparedImage, string>> = {};
    for (const image of new Set<PreparedImage>(['default', ...options.images])) {
      imageIds[image] = await ensureImage(client, image, onProgress, signal);
    }
    const imageAt = performance.now();
    const { items } = await client.call('bootImages.list', {}, signal);
    const bootImage = items.find(({ inUse }) => inUse);
    if (bootImage === undefined) throw new Error('The site has no boot image after building one.');
    return {
      access,
      imageIds,
      bootImageId: bootImage.id,
      kernelSha256: bootImage.files['kernel']?.sha256 ?? '',
      times: [
        { what: 'server started', ms: startedAt - begunAt },
        { what: 'boot image', ms: bootImageAt - startedAt },
        { what: 'operating system images', ms: imageAt - bootImageAt },
      ],
    };
  } finally {
    await server.program.stop(15_000);
  }
}

async function startPrepared({ repository, cache }: PrepareOptions, signal: AbortSignal): Promise<Server> {
  const [httpsPort, httpPort] = await freePorts();
  const place = { repository, dataDirectory: cache.site, logFile: cache.buildLog, address: '127.0.0.1', httpsPort, httpPort };
  const inside = (program: string, args: readonly string[]) => ({ program: 'setpriv', args: ['--pdeathsig', 'KILL', program, ...args] });
  return startServer({ ...place, flags: ['--dhcp-mode', 'off'], inside }, signal);
}

/** The first time: with the password that the server wrote down, which has to be changed at once. */
async function signIn(server: Server, cache: Cache, signal: AbortSignal): Promise<Access> {
  const known = await readFile(cache.access, 'utf8').catch(() => null);
  if (known !== null) return Access.parse(JSON.parse(known));
  const first = (await readFile(join(cache.site, 'first-admin-password'), 'utf8')).trim();
  const password = `${first}-lab`;
  const anonymous = createClient({ serverUrl: server.url, token: null, fetch: server.fetch });
  const { token: firstSession } = await anonymous.call('accounts.login', { body: { name: 'admin', password: first } }, signal);
  const signedIn = createClient({ serverUrl: server.url, token: firstSession, fetch: server.fetch });
  const { sessionToken } = await signedIn.call('accounts.changePassword', { body: { current: first, next: password } }, signal);
  const client = createClient({ serverUrl: server.url, token: sessionToken, fetch: server.fetch });
  const { token } = await client.call('tokens.create', { body: { name: 'lab', expiresInDays: null } }, signal);
  const access = { token, password };
  await writeFile(cache.access, JSON.stringify(access), { mode: 0o600 });
  return access;
}

async function ensureImage(client: Client, image: PreparedImage, onProgress: (text: string) => void, signal: AbortSignal): Promise<string> {
  const { name, extraPackages } = preparedImages[image];
  const find = async (): Promise<string | undefined> => {
    const { items } = await client.call('images.list', {}, signal);
    return items.find((each) => each.name === name)?.id;
  };
  const present = await find();
  if (present !== undefined) return present;
  const body = { name, distribution: 'debian' as const, extraPackages: [...extraPackages] };
  const job = await client.call('images.create', { body }, signal);
  await finishJob(client, job, `${image} operating system image`, onProgress, signal);
  const made = await find();
  if (made === undefined) throw new Error(`The ${image} image is not in the list after it was made.`);
  return made;
}

/** Waits for a job's end. @throws Error with the job's own words when it failed */
export async function finishJob(
  client: Pick<Client, 'call'>,
  begun: Job,
  what: string,
  onProgress: (text: string) => void,
  signal: AbortSignal,
): Promise<Job> {
  let job = begun;
  let told = '';
  while (job.state === 'queued' || job.state === 'running') {
    const activity = job.progress?.activity ?? job.state;
    if (activity !== told) onProgress(`${what}: ${activity}`);
    told = activity;
    await sleep(500, undefined, { signal });
    job = await client.call('jobs.get', { params: { id: begun.id } }, signal);
  }
  if (job.state === 'succeeded') return job;
  const error = job.error ?? toErrorBody(new Error(job.state));
  throw new Error(`${what}: ${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}`);
}

async function freePorts(): Promise<readonly [number, number]> {
  const servers = await Promise.all([listen(), listen()]);
  const [first, second] = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return [first ?? 0, second ?? 0];
}

async function listen() {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return server;
}

async function exists(path: string): Promise<boolean> {
  return (await readFile(path).catch(() => null)) !== null;
}
