/** Seals secret values at rest with the site's key (AES-256-GCM). Who may read a secret is decided elsewhere. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { OstlerError } from '@ostler/contract';

export interface SecretSeal {
  /** `owner` is bound to the sealed text: moved to another owner it does not open. */
  seal(value: string, owner: string): string;
  /** @throws OstlerError SECRET_SEAL_BROKEN */
  open(sealed: string, owner: string): string;
}

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Reads the key file, and makes it (mode 0600) when there is none. A backup must hold it: sealed values are lost without it.
 * @throws OstlerError DATA_DIRECTORY_UNUSABLE when the file is there but is not a key
 */
export async function openSecretSeal(keyFile: string): Promise<SecretSeal> {
  const key = await readOrMakeKey(keyFile);
  return secretSeal(key);
}

export function secretSeal(key: Buffer): SecretSeal {
  return {
    seal: (value, owner) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(owner));
      const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
    },
    open: (sealed, owner) => {
      const bytes = Buffer.from(sealed, 'base64');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
        decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
        return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8');
      } catch (error) {
        throw new OstlerError('SECRET_SEAL_BROKEN', { owner }, { cause: error });
      }
    },
  };
}

async function readOrMakeKey(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      const key = randomBytes(keyBytes);
      await file.writeFile(key);
      await file.sync();
      return key;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const key = await readFile(path);
  if (key.length !== keyBytes) throw new OstlerError('DATA_DIRECTORY_UNUSABLE', { path, problem: `it has not ${keyBytes} bytes` });
  return key;
}
