/** `ostler login` and its kin: trusting the site's CA once, signing in, changing the password. */
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as tlsConnect } from 'node:tls';
import { ApiError, OstlerError, type Client, type RouteAnswer } from '@ostler/contract';
import { askLine } from '../ask-line.ts';
import { askSecret, secretFrom } from '../ask-secret.ts';
import { connect, forgetConnection, readConnection, readSaved, saveConnection, type ConnectionSources } from '../connection.ts';
import type { Output } from '../output.ts';
import { readTextFile } from '../read-text-file.ts';
import { signInWithProvider } from './provider-sign-in.ts';

export interface LoginOptions {
  /** Without it the site of the last sign-in here, or of this computer. */
  readonly serverUrl: string | undefined;
  readonly user: string;
  /** The name of an identity provider, which then says who it is. */
  readonly provider?: string | undefined;
  readonly passwordFile?: string | undefined;
  /** Where a code of the second factor stands; asked for without it, where the account has one. */
  readonly codeFile?: string | undefined;
  /** Where the one-time password's successor stands; asked for without it. */
  readonly newPasswordFile?: string | undefined;
  readonly caFile?: string | undefined;
  /** SHA-256 of the CA in hexadecimal, colons allowed. */
  readonly fingerprint?: string | undefined;
}

const ownSite = 'https://localhost:8443';

/** Signs in and keeps server, CA and an API token for the next commands. @throws OstlerError CERTIFICATE_NOT_TRUSTED; ApiError */
export async function login(options: LoginOptions, sources: ConnectionSources, output: Output, signal: AbortSignal): Promise<void> {
  const last = await readSaved(sources.configDirectory);
  const serverUrl = (options.serverUrl ?? last?.serverUrl ?? ownSite).replace(/\/$/, '');
  const knownCa = last?.serverUrl === serverUrl ? last.caPem : null;
  const caPem =
    options.caFile === undefined ? await trustOnFirstUse(serverUrl, knownCa, options.fingerprint) : await readTextFile(options.caFile);
  const site = { serverUrl, caPem };
  const anonymous = connect({ ...site, token: null });
  const signedIn =
    options.provider === undefined
      ? await withPassword(anonymous, site, options, signal)
      : await signInWithProvider(anonymous, options.provider, output, signal);
  const session = connect({ ...site, token: signedIn.token });
  const created = await session.call('tokens.create', { body: { name: `command line of ${signedIn.name}`, expiresInDays: 90 } }, signal);
  await saveConnection(sources.configDirectory, { serverUrl, token: created.token, caPem });
  await session.call('accounts.logout', {}, signal);
  if (signedIn.recoveryCodesLeft !== null && signedIn.recoveryCodesLeft < fewRecoveryCodes) {
    output.note(`${signedIn.recoveryCodesLeft} recovery codes are left. Make new ones: ostler second-factor recovery-codes`);
  }
  if (signedIn.mustSetSecondFactor) output.note('The site asks for a second factor. Begin with: ostler second-factor enrol');
  output.result({ serverUrl }, () => `Signed in to ${serverUrl} as ${signedIn.name}.`);
}

type SignedIn = RouteAnswer<'accounts.login'>;
/** Of ten. */
const fewRecoveryCodes = 4;

interface Site {
  readonly serverUrl: string;
  readonly caPem: string;
}

async function withPassword(anonymous: Client, site: Site, options: LoginOptions, signal: AbortSignal): Promise<SignedIn> {
  const password = await secretFrom(options.passwordFile, `Password of ${options.user}: `);
  const signedIn = await signIn(anonymous, options, password, signal);
  if (!signedIn.mustChangePassword) return signedIn;
  const next = options.newPasswordFile === undefined ? await askNewPassword() : await secretFrom(options.newPasswordFile, '');
  const session = connect({ ...site, token: signedIn.token });
  const { sessionToken } = await session.call('accounts.changePassword', { body: { current: password, next } }, signal);
  return { ...signedIn, token: sessionToken ?? signedIn.token };
}

/** A person is asked for the code once it is known that one is needed. */
async function signIn(client: Client, { user, codeFile }: LoginOptions, password: string, signal: AbortSignal): Promise<SignedIn> {
  const body = { name: user, password };
  try {
    const given = codeFile === undefined ? {} : { code: await secretFrom(codeFile, '') };
    return await client.call('accounts.login', { body: { ...body, ...given } }, signal);
  } catch (error) {
    const asked = error instanceof ApiError && error.body.code === 'SECOND_FACTOR_NEEDED';
    if (!asked || codeFile !== undefined || !process.stdin.isTTY) throw error;
  }
  const code = await askSecret('Code that the app shows, or a recovery code: ');
  return client.call('accounts.login', { body: { ...body, code } }, signal);
}

export async function logout(sources: ConnectionSources, output: Output): Promise<void> {
  await forgetConnection(sources.configDirectory);
  output.result({}, () => 'Signed out. The API token is valid until it ends or is revoked: ostler token list');
}

/** Changes the password of the signed-in account. */
export async function changePassword(
  sources: ConnectionSources,
  files: { readonly current: string | undefined; readonly next: string | undefined },
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const client = connect(await readConnection(sources));
  const current = await secretFrom(files.current, 'Current password: ');
  const next = files.next === undefined ? await askNewPassword() : await secretFrom(files.next, '');
  await client.call('accounts.changePassword', { body: { current, next } }, signal);
  output.result({}, () => 'The password is changed.');
}

/** Fetches the site's CA without trusting it yet, and lets a person or `--fingerprint` compare it, unless it is the one that is known. */
async function trustOnFirstUse(serverUrl: string, knownCa: string | null, fingerprint: string | undefined): Promise<string> {
  const { hostname, port } = new URL(serverUrl);
  const socket = tlsConnect({ host: hostname, port: Number(port || 443), rejectUnauthorized: false, timeout: 10_000 });
  try {
    await once(socket, 'secureConnect');
  } catch (cause) {
    throw new OstlerError(
      'SERVER_UNREACHABLE',
      { url: serverUrl, reason: cause instanceof Error ? cause.message : String(cause) },
      { cause },
    );
  }
  const peer = socket.getPeerX509Certificate();
  socket.destroy();
  const ca = topOfChain(peer);
  const actual = fingerprintOf(ca);
  const wanted =
    fingerprint?.toLowerCase().replaceAll(':', '') ?? (knownCa === null ? undefined : fingerprintOf(new X509Certificate(knownCa)));
  // A server certificate that is shown without its CA would be trusted for its own life alone.
  const trusted = ca.ca && (wanted === actual || (fingerprint === undefined && (await confirm(serverUrl, ca))));
  if (!trusted) throw new OstlerError('CERTIFICATE_NOT_TRUSTED', { url: serverUrl, fingerprint: actual });
  return ca.toString();
}

function fingerprintOf({ raw }: X509Certificate): string {
  return createHash('sha256').update(raw).digest('hex');
}

function topOfChain(certificate: X509Certificate | undefined): X509Certificate {
  if (certificate === undefined) throw new Error('The server showed no certificate.');
  const issuer = certificate.issuerCertificate;
  return issuer === undefined || issuer.fingerprint256 === certificate.fingerprint256 ? certificate : topOfChain(issuer);
}

/** The fingerprint as openssl prints it, so that the two can be compared by eye. */
async function confirm(serverUrl: string, { fingerprint256 }: X509Certificate): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  process.stderr.write(`${serverUrl} shows the certificate of a site that is not known here.\nSHA-256 of its CA: ${fingerprint256}\n`);
  return /^y(es)?$/i.test(await askLine('Trust it? [y/N] '));
}

async function askNewPassword(): Promise<string> {
  process.stderr.write('The one-time password ends now: choose your own, of 12 characters or more.\n');
  const [first, second] = [await askSecret('New password: '), await askSecret('Again: ')];
  if (first !== second) throw new OstlerError('BAD_REQUEST', { problem: 'the two passwords differ' });
  return first;
}
