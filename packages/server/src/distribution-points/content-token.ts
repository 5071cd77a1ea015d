/**
 * What a computer shows to a distribution point: that it may read one piece of content there, for some minutes. Signed by the site
 * (Ed25519), so that a distribution point verifies it without asking, and one that was broken into cannot make any.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { OstlerError, Sha256 } from '@ostler/contract';
import { z } from 'zod';

/** Long enough to begin a download and to go on after some cuts; a longer one asks the site again. */
export const contentTokenMs = 15 * 60_000;

const Claims = z.strictObject({ point: z.string(), sha256: Sha256, expiresAtMs: z.number() });
export type ContentTokenClaims = z.output<typeof Claims>;

export interface ContentTokenSigner {
  sign(claims: ContentTokenClaims): string;
  /** PEM: what distribution points verify with. */
  readonly publicKey: string;
}

/** Reads the key file, and makes it at the first start. @throws OstlerError DATA_DIRECTORY_UNUSABLE */
export async function openContentTokenSigner(keyFile: string): Promise<ContentTokenSigner> {
  const key = createPrivateKey(await readOrMakeKey(keyFile));
  return {
    sign: (claims) => {
      const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
      return `${body}.${sign(null, Buffer.from(body), key).toString('base64url')}`;
    },
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }),
  };
}

/** What a token permits, or null when it is not the site's, or has ended. */
export function readContentToken(token: string, publicKey: KeyObject, nowMs: number): ContentTokenClaims | null {
  const [body = '', signature = ''] = token.split('.');
  if (!verify(null, Buffer.from(body), publicKey, Buffer.from(signature, 'base64url'))) return null;
  const claims = Claims.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  return claims.expiresAtMs < nowMs ? null : claims;
}

async function readOrMakeKey(path: string): Promise<string> {
  const made = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  try {
    await writeFile(path, made, { flag: 'wx', mode: 0o600, flush: true });
    return made;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return readFile(path, 'utf8');
    throw new OstlerError(
      'DATA_DIRECTORY_UNUSABLE',
      { path, problem: error instanceof Error ? error.message : String(error) },
      { cause: error },
    );
  }
}
