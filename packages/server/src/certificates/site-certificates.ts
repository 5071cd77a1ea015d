/**
 * The site's CA, made once, and the server's certificate from it; or the administrator's own certificate.
 * Machines pin the CA, which the boot image carries. When to look again is keep-certificate.ts's.
 */
// @peculiar/x509 finds its parts through the metadata that this adds to Reflect.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import { createPrivateKey, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { OstlerError } from '@ostler/contract';
import * as x509 from '@peculiar/x509';
import { replaceFile } from '../replace-file.ts';
import { isMissingFile } from '../is-missing-file.ts';
import type { KeyPair } from '../http/servers.ts';

const dayMs = 24 * 60 * 60 * 1000;
const caDays = 3652;
/** Apple and browsers refuse server certificates that are valid for more than 398 days. */
const serverDays = 398;
const renewBeforeDays = 30;
/** A machine whose clock is a little behind must not find the certificate not valid yet. */
const backdateDays = 1;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface SiteCertificates {
  /** What machines and the command line trust, PEM. */
  readonly caPem: string;
  /** Its chain ends with the CA. */
  readonly current: KeyPair;
}

/** A certificate that the administrator has got, PEM, with its chain. */
export interface OwnPairFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}
export interface OwnCertificateFiles extends OwnPairFiles {
  readonly caFile: string;
}

/**
 * The certificate to serve now: made, or made anew when it is about to end or lacks a name.
 * @param folder of the site's CA
 * @param names host names and addresses by which the server is reached
 * @param ownFolder of the server's certificate, where several servers share the CA
 */
export async function loadSiteCertificates(
  folder: string,
  names: readonly string[],
  nowMs: number,
  ownFolder = folder,
): Promise<SiteCertificates> {
  const ca = (await readPair(folder, 'ca')) ?? (await makeCa(folder, nowMs));
  const present = await readPair(ownFolder, 'server');
  const usable = present !== null && isUsable(present, ca, names, nowMs);
  return withRoot({ caPem: ca.certificate, current: usable ? present : await makeServerCertificate(ownFolder, ca, names, nowMs) });
}

/** Whoever signs in for the first time is shown the CA's fingerprint, so the server sends the CA itself at the end of its chain. */
function withRoot({ caPem, current }: SiteCertificates): SiteCertificates {
  const certificate = current.certificate.includes(caPem.trim()) ? current.certificate : `${current.certificate.trim()}\n${caPem}`;
  return { caPem, current: { ...current, certificate } };
}

/**
 * A server certificate from the site's CA for somebody else's key, which stays there (PKCS #10).
 * @param issuer the folder of the site's CA, and the CA that machines trust: not the same where the administrator's own took the place of it
 * @throws OstlerError CERTIFICATE_NOT_ISSUABLE when the CA is not the site's own, CERTIFICATE_REQUEST_INVALID
 */
export async function issueCertificate(
  { folder, caPem }: { readonly folder: string; readonly caPem: string },
  requestPem: string,
  name: string,
  nowMs: number,
): Promise<string> {
  const ca = await readPair(folder, 'ca');
  if (ca?.certificate !== caPem) throw new OstlerError('CERTIFICATE_NOT_ISSUABLE', { name });
  const publicKey = await requestedKey(requestPem);
  return `${(await signServerCertificate(ca, publicKey, [name], nowMs)).toString('pem')}\n`;
}

async function requestedKey(requestPem: string): Promise<CryptoKey> {
  try {
    const request = new x509.Pkcs10CertificateRequest(requestPem);
    if (!(await request.verify(webcrypto))) throw new Error('it is not signed by its key');
    return await request.publicKey.export(algorithm, ['verify'], webcrypto);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new OstlerError('CERTIFICATE_REQUEST_INVALID', { problem }, { cause: error });
  }
}

/**
 * @param name by which computers reach the server
 * @throws OstlerError CERTIFICATE_INVALID when the three files do not fit together, the certificate is for other names or has ended
 */
export async function loadOwnCertificates(
  { caFile, ...files }: OwnCertificateFiles,
  name: string,
  nowMs: number,
): Promise<SiteCertificates> {
  const caPem = await readPem(caFile);
  orInvalid(() => {
    if (!new NodeCertificate(caPem).ca) throw new Error('caFile is not the certificate of a CA');
  });
  return withRoot({ caPem, current: await loadOwnPair(files, { caPem, name }, nowMs) });
}

/**
 * @param wanted the CA that computers trust, and the name by which they reach whoever serves with it
 * @throws OstlerError CERTIFICATE_INVALID when the certificate and the key are not that, or the certificate has ended
 */
export async function loadOwnPair(
  files: OwnPairFiles,
  { caPem, name }: { readonly caPem: string; readonly name: string },
  nowMs: number,
): Promise<KeyPair> {
  const [certificate = '', key = ''] = await Promise.all([files.certificateFile, files.keyFile].map(readPem));
  orInvalid(() => {
    createSecureContext({ cert: certificate, key });
    const parsed = new NodeCertificate(certificate);
    if (!parsed.checkPrivateKey(createPrivateKey(key))) throw new Error('keyFile is not the key of certificateFile');
    if (Date.parse(parsed.validTo) < nowMs) throw new Error(`certificateFile ended on ${parsed.validTo}`);
    if (!leadsTo(certificate, new NodeCertificate(caPem))) {
      throw new Error('certificateFile, with its chain, does not lead to the CA that computers trust');
    }
    if (!isFor(parsed, name)) throw new Error(`certificateFile is not for ${name}, by which computers reach it`);
  });
  return { certificate, key };
}

/** @throws OstlerError CERTIFICATE_INVALID with what the check throws */
function orInvalid(check: () => void): void {
  try {
    check();
  } catch (error) {
    throw new OstlerError('CERTIFICATE_INVALID', { problem: error instanceof Error ? error.message : String(error) }, { cause: error });
  }
}

function isFor(certificate: NodeCertificate, name: string): boolean {
  return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
}

/** Whether the last certificate of the chain, or one before it, was signed by this CA. */
function leadsTo(chain: string, ca: NodeCertificate): boolean {
  const certificates = chain.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
  return certificates.some((pem) => new NodeCertificate(pem).verify(ca.publicKey));
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new OstlerError('CERTIFICATE_INVALID', { problem: `${path} cannot be read` }, { cause: error });
  }
}

async function readPair(folder: string, name: string): Promise<KeyPair | null> {
  try {
    const key = await readFile(join(folder, `${name}.key`), 'utf8');
    return { certificate: await readFile(join(folder, `${name}.pem`), 'utf8'), key };
  } catch (error) {
    if (isMissingFile(error)) return null;
    throw error;
  }
}

function isUsable({ certificate, key }: KeyPair, ca: KeyPair, names: readonly string[], nowMs: number): boolean {
  const parsed = new NodeCertificate(certificate);
  return (
    parsed.checkPrivateKey(createPrivateKey(key)) &&
    parsed.verify(new NodeCertificate(ca.certificate).publicKey) &&
    Date.parse(parsed.validFrom) <= nowMs &&
    Date.parse(parsed.validTo) - nowMs > renewBeforeDays * dayMs &&
    names.every((name) => isFor(parsed, name))
  );
}

async function makeCa(folder: string, nowMs: number): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: randomSerial(),
      // The date tells two sites' authorities apart in a trust store.
      name: `CN=Ostler site CA ${new Date(nowMs).toISOString().slice(0, 10)}`,
      notBefore: new Date(nowMs - backdateDays * dayMs),
      notAfter: new Date(nowMs + caDays * dayMs),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  );
  return writePair(folder, 'ca', certificate, keys.privateKey);
}

async function makeServerCertificate(folder: string, ca: KeyPair, names: readonly string[], nowMs: number): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return writePair(folder, 'server', await signServerCertificate(ca, keys.publicKey, names, nowMs), keys.privateKey);
}

async function signServerCertificate(ca: KeyPair, publicKey: CryptoKey, names: readonly string[], nowMs: number) {
  const issuer = new x509.X509Certificate(ca.certificate);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pemBytes(ca.key), algorithm, false, ['sign']);
  return x509.X509CertificateGenerator.create(
    {
      serialNumber: randomSerial(),
      subject: `CN=${names[0] ?? 'ostler'}`,
      issuer: issuer.subject,
      notBefore: new Date(nowMs - backdateDays * dayMs),
      notAfter: new Date(Math.min(nowMs + (serverDays - backdateDays) * dayMs, issuer.notAfter.getTime())),
      signingAlgorithm: algorithm,
      publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(names.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name }))),
        await x509.SubjectKeyIdentifierExtension.create(publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ],
    },
    webcrypto,
  );
}

/** The key first: a certificate without its key would be taken for a whole pair. */
async function writePair(folder: string, name: string, certificate: x509.X509Certificate, privateKey: CryptoKey): Promise<KeyPair> {
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY');
  const pair = { certificate: `${certificate.toString('pem')}\n`, key: `${key}\n` };
  await replaceFile(join(folder, `${name}.key`), pair.key, 0o600);
  await replaceFile(join(folder, `${name}.pem`), pair.certificate, 0o644);
  return pair;
}

function pemBytes(pem: string): ArrayBuffer {
  return x509.PemConverter.decodeFirst(pem);
}

/** RFC 5280 §4.1.2.2: positive, at most 20 octets. */
function randomSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  return `4${Buffer.from(bytes).toString('hex').slice(1)}`;
}
