/** Seals secret values at rest. Who may read a secret is decided elsewhere; keys are sealing-keys.ts. */
import { isOstlerError, OstlerError } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';
import { openWith, sealWith } from './cipher.ts';
import type { SealOwner } from './sealed-columns.ts';
import type { SealingKey, SealingKeys } from './sealing-keys.ts';

export interface SecretSeal {
  /**
   * `owner` is bound to the sealed text: moved to another owner it does not open. Call it in the transaction that writes the text,
   * so that a rotation of the key waits for it.
   */
  seal(sql: Queries, value: string, owner: SealOwner): Promise<string>;
  /** @throws OstlerError SECRET_SEAL_BROKEN, SEALING_KEY_MISSING */
  open(sql: Queries, sealed: string, owner: SealOwner): Promise<string>;
}

export function createSecretSeal(keys: SealingKeys): SecretSeal {
  return {
    seal: async (sql, value, owner) => {
      return sealUnder(await keys.current(sql), value, owner);
    },
    open: async (sql, sealed, owner) => {
      const { keyId, text } = partsOf(sealed);
      return openWithOneOf(await keys.candidates(sql, keyId), text, owner);
    },
  };
}

/** With the key's id before it. */
export function sealUnder({ id, bytes }: SealingKey, value: string, owner: SealOwner): string {
  return `${id}.${sealWith(bytes, value, owner)}`;
}

/** Base64 has no dot; before keys had ids there was none either. */
function partsOf(sealed: string): { readonly keyId: string | null; readonly text: string } {
  const dot = sealed.indexOf('.');
  return { keyId: dot < 0 ? null : sealed.slice(0, dot), text: sealed.slice(dot + 1) };
}

/** @throws OstlerError SECRET_SEAL_BROKEN */
function openWithOneOf(keys: readonly Buffer[], text: string, owner: SealOwner): string {
  for (const key of keys) {
    try {
      return openWith(key, text, owner);
    } catch (error) {
      if (!isOstlerError(error)) throw error;
    }
  }
  throw new OstlerError('SECRET_SEAL_BROKEN', { owner });
}
