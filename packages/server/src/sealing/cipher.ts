/** Seals a text with a key: AES-256-GCM. Which key, and for whom, is the caller's. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { OstlerError } from '@ostler/contract';

export const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** `owner` is bound to the sealed text: moved to another owner it does not open. */
export function sealWith(key: Buffer, value: string, owner: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(owner));
  const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
}

/** @throws OstlerError SECRET_SEAL_BROKEN */
export function openWith(key: Buffer, sealed: string, owner: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8');
  } catch (error) {
    throw new OstlerError('SECRET_SEAL_BROKEN', { owner }, { cause: error });
  }
}
