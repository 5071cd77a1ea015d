/** Seals secret values for the journal with the run's sealing key: AES-256-GCM, `nonce.ciphertext.tag` in base64. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { OstlerError } from '@ostler/contract';

export interface Sealer {
  seal(value: string): Promise<string>;
  /** @throws OstlerError SECRET_UNREADABLE when it was sealed for another run or changed since. */
  unseal(sealed: string): Promise<string>;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;

/** @param sealingKey 32 bytes in base64. */
export function createSealer(sealingKey: string): Sealer {
  const key = Buffer.from(sealingKey, 'base64');
  return {
    seal: async (value) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce);
      const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      return [nonce, sealed, cipher.getAuthTag()].map((part) => part.toString('base64')).join('.');
    },
    unseal: async (sealed) => {
      const [nonce, text, tag] = sealed.split('.').map((part) => Buffer.from(part, 'base64'));
      try {
        if (nonce === undefined || text === undefined || tag === undefined) throw new Error('it has not three parts');
        const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: 16 });
        decipher.setAuthTag(tag);
        return decipher.update(text, undefined, 'utf8') + decipher.final('utf8');
      } catch (error) {
        throw new OstlerError('SECRET_UNREADABLE', {}, { cause: error });
      }
    },
  };
}
