/**
 * The keys in the database: secrets are sealed with one of them, and each is sealed itself under a site key (site-keys.ts). So a copy
 * of the database always holds the keys of its secrets, and several servers of a site follow a change of keys by themselves.
 */
import { randomBytes } from 'node:crypto';
import { OstlerError } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';
import type { Queries } from '../devices/store.ts';
import { keyBytes, openWith, sealWith } from './cipher.ts';
import { countSealed, sealedColumns } from './sealed-columns.ts';
import type { SiteKeys } from './site-keys.ts';

export interface SealingKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** Of values that were sealed with a site key itself, before there were keys in the database. */
const noKeyId = '';

export class SealingKeys {
  readonly #database: Database;
  readonly #siteKeys: SiteKeys;
  /** A key stays here once it was opened: somebody may have read a value just before it was sealed again. */
  readonly #opened = new Map<string, Buffer>();

  constructor(database: Database, siteKeys: SiteKeys) {
    this.#database = database;
    this.#siteKeys = siteKeys;
  }

  /**
   * The key to seal with now. In a transaction it stays that until the end: a rotation waits for it, and so never misses a value.
   * @throws OstlerError SEALING_KEY_MISSING
   */
  async current(sql: Queries): Promise<SealingKey> {
    const head = sql.selectFrom('sealing_head').select('key_id').where('id', '=', 'head');
    const { key_id } = await (this.#database.dialect === 'postgres' ? head.forShare() : head).executeTakeFirstOrThrow();
    const id = key_id ?? noKeyId;
    return { id, bytes: await this.#open(sql, id) };
  }

  /** The keys that may have sealed a value. @throws OstlerError SEALING_KEY_MISSING */
  async candidates(sql: Queries, keyId: string | null): Promise<readonly Buffer[]> {
    return keyId === null ? this.#siteKeys.all().map(({ bytes }) => bytes) : [await this.#open(sql, keyId)];
  }

  /** Makes the first key of a site; of two servers that start at once, one does. */
  async makeFirst(nowMs: number): Promise<void> {
    await this.#database.sql.transaction().execute(async (transaction) => {
      const head = await holdHead(transaction);
      if (head === null) await this.#makeCurrent(transaction, nowMs);
    });
  }

  /** Opens every key. @throws OstlerError SEALING_KEY_MISSING */
  async check(): Promise<void> {
    const rows = await this.#database.sql.selectFrom('sealing_keys').select('id').execute();
    for (const { id } of rows) await this.#open(this.#database.sql, id);
  }

  /**
   * From now on secrets are sealed with a new key, and no key is under an old site key any more.
   * @param from the key to be replaced; when it has been already, there is no other new one
   */
  async replace(from: string, nowMs: number): Promise<void> {
    await this.#database.sql.transaction().execute(async (transaction) => {
      const head = await holdHead(transaction);
      const rows = await transaction.selectFrom('sealing_keys').selectAll().execute();
      const siteKey = this.#siteKeys.current();
      for (const { id } of rows.filter(({ site_key_id }) => site_key_id !== siteKey.id)) {
        const bytes = await this.#open(transaction, id);
        await transaction
          .updateTable('sealing_keys')
          .set({ site_key_id: siteKey.id, sealed: sealKey(siteKey.bytes, { id, bytes }) })
          .where('id', '=', id)
          .execute();
      }
      if (head === from) await this.#makeCurrent(transaction, nowMs);
    });
  }

  /** Deletes the keys that nothing is sealed with. @returns whether the current one is alone now */
  async dropOld(): Promise<boolean> {
    return this.#database.sql.transaction().execute(async (transaction) => {
      // Whoever sealed with an old key has committed: it held the head until then.
      const keyId = (await holdHead(transaction)) ?? noKeyId;
      for (const column of sealedColumns) {
        if ((await countSealed(transaction, column, keyId)).older > 0) return false;
      }
      await transaction.deleteFrom('sealing_keys').where('id', '!=', keyId).execute();
      return true;
    });
  }

  async #makeCurrent(sql: Queries, nowMs: number): Promise<void> {
    const key = { id: newId('sealing-key'), bytes: randomBytes(keyBytes) };
    const siteKey = this.#siteKeys.current();
    const row = { id: key.id, site_key_id: siteKey.id, sealed: sealKey(siteKey.bytes, key), created_at: nowMs };
    await sql.insertInto('sealing_keys').values(row).execute();
    await sql.updateTable('sealing_head').set({ key_id: key.id }).where('id', '=', 'head').execute();
  }

  async #open(sql: Queries, id: string): Promise<Buffer> {
    const known = this.#opened.get(id);
    if (known !== undefined) return known;
    const row = await sql.selectFrom('sealing_keys').selectAll().where('id', '=', id).executeTakeFirst();
    const siteKey = this.#siteKeys.all().find((key) => key.id === row?.site_key_id);
    if (row === undefined || siteKey === undefined) {
      throw missing(await secretsOf(sql), row?.site_key_id ?? id, this.#siteKeys.all());
    }
    const bytes = Buffer.from(openWith(siteKey.bytes, row.sealed, ownerOf(id)), 'base64');
    this.#opened.set(id, bytes);
    return bytes;
  }
}

/** Whoever seals, and another one who changes keys, waits for the end of this transaction. */
async function holdHead(sql: Queries): Promise<string | null> {
  const held = sql.updateTable('sealing_head').set((row) => ({ key_id: row.ref('key_id') }));
  return (await held.where('id', '=', 'head').returning('key_id').executeTakeFirstOrThrow()).key_id;
}

function sealKey(siteKey: Buffer, { id, bytes }: SealingKey): string {
  return sealWith(siteKey, bytes.toString('base64'), ownerOf(id));
}

function ownerOf(keyId: string): string {
  return `sealing-key/${keyId}`;
}

/** `12 variables, 1 recovery keys`; empty where nothing is sealed. */
export async function secretsOf(sql: Queries): Promise<string> {
  const counts = await Promise.all(sealedColumns.map(async (column) => ({ ...column, ...(await countSealed(sql, column, noKeyId)) })));
  return counts
    .filter(({ values }) => values > 0)
    .map(({ what, values }) => `${values} ${what}`)
    .join(', ');
}

export function missing(secrets: string, wanted: string, given: readonly { readonly id: string }[]): OstlerError {
  return new OstlerError('SEALING_KEY_MISSING', {
    wanted,
    given: given.map(({ id }) => id).join(', ') || 'none',
    secrets: secrets || 'what will be sealed',
  });
}
