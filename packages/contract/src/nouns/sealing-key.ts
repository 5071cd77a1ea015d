/** The keys with which the site seals secrets in its database. */
import { z } from 'zod';
import { Id, Timestamp } from './common.ts';

/** Where the site's key comes from. */
export const SealingKeySource = z.enum(['file', 'environment', 'credential', 'encrypted-credential']);
export type SealingKeySource = z.output<typeof SealingKeySource>;

export const SealingKeyState = z.strictObject({
  source: SealingKeySource,
  /** Tells the site's key, which is outside of the database, from others. Nothing follows from it. */
  siteKeyId: z.string(),
  /** The key in the database, sealed under the site's key, with which secrets are sealed now. */
  keyId: Id,
  createdAt: Timestamp,
  sealed: z.array(
    z.strictObject({
      what: z.string(),
      values: z.int(),
      /** Of them, how many are still sealed with an older key: a rotation goes on, or was interrupted. */
      older: z.int(),
    }),
  ),
});
export type SealingKeyState = z.output<typeof SealingKeyState>;
