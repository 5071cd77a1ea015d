/** Builds the process of a distribution point from what was read of the world, and takes it down again. */
import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:tls';
import type { FetchBytes } from '@ostler/content';
import { createClient, OstlerError, type EnrolmentTicket } from '@ostler/contract';
import type { Logger } from 'pino';
import { keepCertificate } from '../certificates/keep-certificate.ts';
import { loadOwnPair, type OwnPairFiles } from '../certificates/site-certificates.ts';
import { unusable } from '../data-directory.ts';
import { hostOf } from '../distribution-points/host-of.ts';
import { closeServer, createHttpsServer, listen } from '../http/servers.ts';
import { isMissingFile } from '../is-missing-file.ts';
import { lockDataDirectory } from '../lock-data-directory.ts';
import { currentCertificate, enrol, hashOfTicket, readIdentity, readTicket, type Identity } from './identity.ts';
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
  const own = ownFilesOf(settings);
  const identity = await identityOf({ settings, folder, fetchTrusting, own, now });
  const fetch = fetchTrusting(identity.caPem);
  const client = createClient({ serverUrl: identity.siteUrl, token: identity.key, fetch });
  const kept = await KeptContent.open(folder);
  const contentFolder = folder.content;
  const talk = createTalk({ kept, client, contentFolder, log, now, everyMs: talkEveryMs });
  const stopping = new AbortController();
  const certificate = () =>
    own === null ? currentCertificate(folder, client, now(), stopping.signal) : loadOwnPair(own, wantedOf(identity), now());
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

/** The administrator's own certificate; null: the site issues one. @throws OstlerError CONFIGURATION_INVALID */
function ownFilesOf({ certificateFile, keyFile }: PointSettings): OwnPairFiles | null {
  if (certificateFile !== null && keyFile !== null) return { certificateFile, keyFile };
  if (certificateFile === null && keyFile === null) return null;
  throw new OstlerError('CONFIGURATION_INVALID', { problem: 'certificateFile and keyFile belong together: give both or none' });
}

function wantedOf({ caPem, url }: Pick<Identity, 'caPem' | 'url'>) {
  return { caPem, name: hostOf(url) };
}

interface IdentitySources extends Pick<PointSources, 'settings' | 'fetchTrusting' | 'now'> {
  readonly folder: PointDirectory;
  readonly own: OwnPairFiles | null;
}

/** Who it is; another ticket than the one it enrolled with makes it enrol anew. @throws OstlerError, and what the site answers to its ticket */
async function identityOf({ settings: { ticketFile }, folder, fetchTrusting, own, now }: IdentitySources): Promise<Identity> {
  const known = await readIdentity(folder);
  const ticket = ticketFile === null ? null : await ticketAt(ticketFile, known);
  if (known !== null && (ticket === null || isOf(known, ticket))) return known;
  if (ticket === null) throw new OstlerError('DISTRIBUTION_POINT_NOT_ENROLLED', { path: folder.root });
  // First what may be wrong: a ticket is not spent on a mistake.
  if (own !== null) await loadOwnPair(own, wantedOf(ticket), now());
  const enrolment = { folder, fetch: fetchTrusting(ticket.caPem), hasOwnCertificate: own !== null };
  return enrol(ticket, enrolment, AbortSignal.timeout(enrolWithinMs));
}

/** Whoever starts it may always give it. Where it is not known any more which ticket it was, it was this one, unless this one is of another CA. */
function isOf({ ticketHash, caPem }: Identity, ticket: EnrolmentTicket): boolean {
  return ticketHash === null ? caPem === ticket.caPem : ticketHash === hashOfTicket(ticket);
}

/** Whoever has enrolled may have deleted it; one that is there and cannot be read is a mistake. @throws OstlerError FILE_NOT_READABLE */
async function ticketAt(path: string, known: Identity | null): Promise<EnrolmentTicket | null> {
  try {
    return await readTicket(path);
  } catch (error) {
    if (known !== null && error instanceof OstlerError && isMissingFile(error.cause)) return null;
    throw error;
  }
}

function portOf(url: string): number {
  const { port } = new URL(url);
  return port === '' ? 443 : Number(port);
}
