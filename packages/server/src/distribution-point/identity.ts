/** Who a distribution point is: made once from a ticket, kept in its folder. Its certificate's key never leaves it. */
// @peculiar/x509 finds its parts through the metadata that this adds to Reflect.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createClient, EnrolmentTicket, Id, OstlerError, type Client, type Fetch } from '@ostler/contract';
import * as x509 from '@peculiar/x509';
import { z } from 'zod';
import type { KeyPair } from '../http/servers.ts';
import { isMissingFile } from '../is-missing-file.ts';
import { replaceFile } from '../replace-file.ts';
import type { PointDirectory } from './point-directory.ts';

const Identity = z.strictObject({
  distributionPointId: Id,
  url: z.url(),
  siteUrl: z.url(),
  caPem: z.string(),
  key: z.string(),
  /** SHA-256 of the ticket that it enrolled with; null: from before this was kept. */
  ticketHash: z.string().nullable().default(null),
});
export type Identity = z.output<typeof Identity>;

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const renewBeforeMs = 30 * 24 * 3_600_000;

/** null before it has enrolled. */
export async function readIdentity({ identity }: PointDirectory): Promise<Identity | null> {
  try {
    return Identity.parse(JSON.parse(await readFile(identity, 'utf8')));
  } catch (error) {
    if (isMissingFile(error)) return null;
    throw error;
  }
}

/** @throws OstlerError FILE_NOT_READABLE */
export async function readTicket(path: string): Promise<EnrolmentTicket> {
  try {
    return EnrolmentTicket.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isMissingFile(error)) throw new OstlerError('FILE_NOT_READABLE', { path, reason: 'there is no such file' }, { cause: error });
    throw new OstlerError('FILE_NOT_READABLE', { path, reason: 'it is not a ticket of a distribution point' }, { cause: error });
  }
}

export function hashOfTicket({ token }: EnrolmentTicket): string {
  return createHash('sha256').update(token).digest('hex');
}

export interface Enrolment {
  readonly folder: PointDirectory;
  readonly fetch: Fetch;
  /** It has a certificate from the CA that computers trust, and asks the site for none. */
  readonly hasOwnCertificate: boolean;
}

/** Shows the ticket to the site, which knows it once. @throws OstlerError or ApiError: what the site answers */
export async function enrol(
  ticket: EnrolmentTicket,
  { folder, fetch, hasOwnCertificate }: Enrolment,
  signal: AbortSignal,
): Promise<Identity> {
  const { siteUrl, caPem, url, token } = ticket;
  const request = hasOwnCertificate ? null : await makeRequest();
  const client = createClient({ serverUrl: siteUrl, token: null, fetch });
  const body = { token, certificateRequest: request?.pem ?? null };
  const { distributionPointId, key, certificate } = await client.call('pointApi.enrol', { body }, signal);
  const identity: Identity = { distributionPointId, url, siteUrl, caPem, key, ticketHash: hashOfTicket(ticket) };
  if (request !== null && certificate !== null) await writePair(folder, { certificate, key: request.key });
  await replaceFile(folder.identity, `${JSON.stringify(identity)}\n`, 0o600);
  return identity;
}

/** The certificate to serve now; a new one when there is none yet, or it is about to end. Where the site does not answer, the old one. */
export async function currentCertificate(
  folder: PointDirectory,
  client: Pick<Client, 'call'>,
  nowMs: number,
  signal: AbortSignal,
): Promise<KeyPair> {
  const pair = await readPair(folder);
  if (pair !== null && Date.parse(new X509Certificate(pair.certificate).validTo) - nowMs > renewBeforeMs) return pair;
  const request = await makeRequest();
  const body = { certificateRequest: request.pem };
  const { certificate } = await client.call('pointApi.renewCertificate', { body }, signal);
  const renewed = { certificate, key: request.key };
  await writePair(folder, renewed);
  return renewed;
}

/** PKCS #10: whose name goes into the certificate the site says. */
async function makeRequest(): Promise<{ readonly pem: string; readonly key: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    { name: 'CN=Ostler distribution point', keys, signingAlgorithm: algorithm },
    webcrypto,
  );
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { pem: request.toString('pem'), key: `${key}\n` };
}

/** null where it has served with its own certificate until now. */
async function readPair({ certificate, certificateKey }: PointDirectory): Promise<KeyPair | null> {
  try {
    return { certificate: await readFile(certificate, 'utf8'), key: await readFile(certificateKey, 'utf8') };
  } catch (error) {
    if (isMissingFile(error)) return null;
    throw error;
  }
}

async function writePair(folder: PointDirectory, { certificate, key }: KeyPair): Promise<void> {
  await replaceFile(folder.certificateKey, key, 0o600);
  await replaceFile(folder.certificate, certificate, 0o644);
}
