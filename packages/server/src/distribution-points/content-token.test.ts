import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@ostler/testkit';
import { describe, expect, it } from 'vitest';
import { openContentTokenSigner, readContentToken } from './content-token.ts';

const claims = { point: 'distribution-point-1', sha256: 'a'.repeat(64), expiresAtMs: 1000 };

describe('a content token', () => {
  it('is read with the site’s public key until it ends, by every server that shares the key', async () => {
    await using folder = await temporaryDirectory();
    const path = join(folder.path, 'content-token.key');
    const signer = await openContentTokenSigner(path);
    const again = await openContentTokenSigner(path);

    const key = createPublicKey(again.publicKey);
    expect(readContentToken(signer.sign(claims), key, 999)).toEqual(claims);
    expect(readContentToken(signer.sign(claims), key, 1001)).toBeNull();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is nothing when it was changed, or another key signed it', async () => {
    await using folder = await temporaryDirectory();
    const signer = await openContentTokenSigner(join(folder.path, 'content-token.key'));
    const key = createPublicKey(signer.publicKey);
    const [, signature] = signer.sign(claims).split('.');
    const forged = Buffer.from(JSON.stringify({ ...claims, expiresAtMs: 9999 })).toString('base64url');

    expect(readContentToken(`${forged}.${signature}`, key, 1)).toBeNull();
    expect(readContentToken(signer.sign(claims), createPublicKey(generateKeyPairSync('ed25519').privateKey), 1)).toBeNull();
    for (const text of ['', '.', 'a.b', '{}']) expect(readContentToken(text, key, 1)).toBeNull();
  });
});
