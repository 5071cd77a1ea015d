/** Builds the process of a distribution point from what was read of the world, and takes it down again. */
import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:tls';
import type { FetchBytes } from '@ostler/content';
import { createClient, OstlerError } from '@ostler/contract';
import type { Logger } from 'pino';
import { keepCertificate } from '../certificates/keep-certificate.ts';
import { unusable } from '../data-directory.ts';
import { closeServer, createHttpsServer, listen } from '../http/servers.ts';
import { lockDataDirectory } from '../lock-data-directory.ts';
import { currentCertificate, enrol, readIdentity, readTicket, type Identity } from './identity.ts';
import { KeptContent } from './kept-content.ts';
import { pointDirectoryAt, type PointDirectory } from './point-directory.ts';
import { registerPointRoutes } from './point-routes.ts';
import { keepPulling } from './pull-content.ts';
import type { PointSettings } from './settings.ts';
import { createTalk } from './talk-to-site.ts';

export interface PointSources {
  readonly settings: PointSettings;
  readonly log: Logger;
  readonly now: () => number;
  /** Trusts this CA, the site's, and nothing else. */
  readonly fetchTrusting: (caPem: string) => FetchBytes;
  /** How often it talks to its site where nothing changes. */
  readonly talkEveryMs: number;
}

export interface Point extends AsyncDisposable {
  readonly identity: Identity;
  readonly folder: PointDirectory;
  readonly port: number;
}

const certificateCheckMs = 3_600_000;
const closeGraceMs = 5000;
const enrolWithinMs = 30_000;

/** Starts it; the first time it enrols. @throws OstlerError, and what the site answers to its ticket */
export async function startPoint({ settings, log, now, fetchTrusting, talkEveryMs }: PointSources): Promise<Point> {
  await using cleanUp = new AsyncDisposableStack();
  const folder = pointDirectoryAt(settings.dataDirectory);
  cleanUp.use(await lockDataDirectory(folder));
  await mkdir(folder.content, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw unusable(folder.root, error);
  });
  const identity = (await readIdentity(folder)) ?? (await enrolWith(settings, folder, fetchTrusting));
  const fetch = fetchTrusting(identity.caPem);
  const client = createClient({ serverUrl: identity.siteUrl, token: identity.key, fetch });
  const kept = await KeptContent.open(folder);
  const contentFolder = folder.content;
  const talk = createTalk({ kept, client, contentFolder, log, now, everyMs: talkEveryMs });
  const stopping = new AbortController();
  const certificate = () => currentCertificate(folder, client, now(), stopping.signal);
  const current = await certificate();
  const server = createHttpsServer(current, log);
  const { distributionPointId } = identity;
  registerPointRoutes(server, { distributionPointId, kept, talk, contentFolder, metricsToken: settings.metricsToken });
  const port = await listen(server, settings.listenAddress, settings.httpsPort ?? portOf(identity.url));
  cleanUp.defer(() => closeServer(server, closeGraceMs));
  const load = async () => ({ caPem: identity.caPem, current: await certificate() });
  // Safe: createHttpsServer made it with a key pair, so its raw server is one of TLS.
  const keeper = keepCertificate(server.server as unknown as Server, { caPem: identity.caPem, current }, load, certificateCheckMs, log);
  cleanUp.defer(() => keeper.stop());
  const pulling = keepPulling({ kept, identity, contentFolder, fetch, log, now, changed: () => talk.wake() }, stopping.signal);
  const work = Promise.all([talk.keepTalking(stopping.signal), pulling]);
  cleanUp.defer(async () => {
    stopping.abort();
    await work;
  });
  const running = cleanUp.move();
  return { identity, folder, port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function enrolWith(settings: PointSettings, folder: PointDirectory, fetchTrusting: PointSources['fetchTrusting']): Promise<Identity> {
  if (settings.ticketFile === null) throw new OstlerError('DISTRIBUTION_POINT_NOT_ENROLLED', { path: folder.root });
  const ticket = await readTicket(settings.ticketFile);
  return enrol(ticket, folder, fetchTrusting(ticket.caPem), AbortSignal.timeout(enrolWithinMs));
}

function portOf(url: string): number {
  const { port } = new URL(url);
  return port === '' ? 443 : Number(port);
}
