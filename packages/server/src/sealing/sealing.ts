/** How the site seals its secrets, put together at the start: the keys it was given, the keys in its database, and whether they fit. */
import type { Database } from '../database/database.ts';
import { createSecretSeal, type SecretSeal } from './secret-seal.ts';
import { missing, SealingKeys, secretsOf } from './sealing-keys.ts';
import { readSiteKeys, type SiteKeys, type SiteKeySources } from './site-keys.ts';

export interface Sealing {
  readonly database: Database;
  readonly siteKeys: SiteKeys;
  readonly keys: SealingKeys;
  readonly seal: SecretSeal;
  readonly now: () => number;
}

/** A TPM answers within seconds. */
const decryptionMs = 60_000;

/**
 * Reads the site's key, and makes one for a new site whose key is a file.
 * @throws OstlerError SEALING_KEY_UNUSABLE, SEALING_KEY_MISSING when secrets are sealed under another one
 */
export async function openSealing(
  database: Database,
  sources: Omit<SiteKeySources, 'isAlone' | 'signal'>,
  now: () => number,
): Promise<Sealing> {
  const { sql } = database;
  const secrets = await secretsOf(sql);
  const first = await sql.selectFrom('sealing_keys').select('site_key_id').orderBy('created_at', 'desc').executeTakeFirst();
  const isAlone = database.dialect === 'sqlite';
  const isNew = first === undefined && secrets === '';
  const siteKeys = await readSiteKeys({ ...sources, isAlone, signal: AbortSignal.timeout(decryptionMs) }, isNew);
  if (siteKeys === null) throw missing(secrets, first?.site_key_id ?? 'of this site', []);
  const keys = new SealingKeys(database, siteKeys);
  await keys.makeFirst(now());
  await keys.check();
  return { database, siteKeys, keys, seal: createSecretSeal(keys), now };
}
