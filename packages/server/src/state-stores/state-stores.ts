/**
 * What may be done with state stores (feature map §1.12): granted to a run for capturing or restoring, filled, verified, released, expired.
 * Who calls is the handlers' to check.
 */
import { newStreamKey } from '@ostler/content';
import { OstlerError, type SiteSettings, type StateStorePurpose } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';
import type { SealOwner } from '../sealing/sealed-columns.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { RunRow } from '../runs/store.ts';
import { sourcesOf } from './associations.ts';
import { dueStores, getStore, newestCompleteOf, openStoreOf, runningOf, updateStore, useOf, type StoreRow } from './store.ts';
import type { StoreFiles } from './store-files.ts';

export interface StateStoresOptions {
  readonly database: Database;
  readonly files: StoreFiles;
  readonly seal: SecretSeal;
  readonly settings: { get(): Promise<Pick<SiteSettings, 'userStateLimitBytes' | 'userStateLimitStores' | 'userStateRetentionHours'>> };
  readonly now: () => number;
}

/** A run, as far as stores are concerned. */
export type StoreUser = Pick<RunRow, 'id' | 'device_id' | 'device_name'>;

const hourMs = 3_600_000;
/** An open store whose run has ended, and that was never whole, is kept so long: its run may be let go on. */
const abandonedMs = 24 * hourMs;

export class StateStores {
  readonly #options: StateStoresOptions;
  /** Looking at the room that is left and taking it happen together: one after the other. */
  #roomTurn: Promise<unknown> = Promise.resolve();

  constructor(options: StateStoresOptions) {
    this.#options = options;
  }

  /** Again in the same run gives the same store. @throws OstlerError STATE_STORES_FULL, STATE_STORE_NOTHING_TO_RESTORE */
  request(run: StoreUser, purpose: StateStorePurpose): Promise<StoreRow> {
    return purpose === 'capture' ? this.#inTurn(() => this.#requestCapture(run)) : this.#requestRestore(run);
  }

  /** The key in clear. @throws OstlerError NOT_FOUND for a store that was not granted to this run */
  async open(run: StoreUser, id: string): Promise<{ readonly row: StoreRow; readonly key: string }> {
    const row = await this.#granted(run, id);
    return { row, key: await this.#openKey(row) };
  }

  /** The content's key for an administrator. @throws OstlerError NOT_FOUND, STATE_STORE_WITHOUT_CONTENT */
  async recover(id: string): Promise<{ readonly row: StoreRow; readonly key: string }> {
    const row = await getStore(this.#options.database.sql, id);
    await this.#refuseWithoutContent(row);
    return { row, key: await this.#openKey(row) };
  }

  /** Empties the store and sets room aside. @throws OstlerError STATE_STORES_FULL, STATE_STORE_NOT_WRITABLE */
  async begin(run: StoreUser, id: string, expectedBytes: number): Promise<void> {
    const { database, files, now } = this.#options;
    await this.#writable(run, id);
    await this.#inTurn(async () => {
      await this.#refuseFull(id, expectedBytes);
      await files.empty(id);
      await updateStore(database.sql, id, { size_bytes: expectedBytes, sha256: null, active_at: now() });
    });
  }

  async receivedBytes(run: StoreUser, id: string): Promise<number> {
    await this.#granted(run, id);
    return this.#options.files.sizeOf(id);
  }

  /** It may become larger than was set aside as long as the site has the room. @throws OstlerError UPLOAD_OFFSET_WRONG, STATE_STORES_FULL, CONTENT_DISK_FULL */
  async append(run: StoreUser, id: string, offset: number, body: AsyncIterable<Uint8Array>): Promise<number> {
    const { database, files, now, settings } = this.#options;
    const row = await this.#writable(run, id);
    if (row.sha256 !== null) throw notWritable(row, 'whole');
    const { userStateLimitBytes, userStateLimitStores } = await settings.get();
    const use = await useOf(database.sql, id);
    const full = { ...use, limitBytes: userStateLimitBytes, limitStores: userStateLimitStores, freeBytes: await files.freeBytes() };
    const limitBytes = Math.max(userStateLimitBytes - use.usedBytes, 0);
    const tooLong = (): OstlerError => new OstlerError('STATE_STORES_FULL', { neededBytes: limitBytes + 1, ...full });
    const receivedBytes = await files.append({ id, offset, body, limitBytes, expectedBytes: row.size_bytes, tooLong });
    await updateStore(database.sql, id, { active_at: now(), ...(receivedBytes > row.size_bytes ? { size_bytes: receivedBytes } : {}) });
    return receivedBytes;
  }

  /** All has been sent. Again is done already. @throws OstlerError STATE_STORE_CONTENT_WRONG, STATE_STORE_NOT_WRITABLE */
  async finish(
    run: StoreUser,
    id: string,
    sent: { readonly sha256: string; readonly sizeBytes: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { database, files, now } = this.#options;
    const row = await this.#writable(run, id);
    if (row.sha256 === sent.sha256 && row.size_bytes === sent.sizeBytes) return;
    const { sha256: actual, sizeBytes: actualBytes } = await files.hash(id, signal);
    if (actual !== sent.sha256 || actualBytes !== sent.sizeBytes) {
      const expected = { expected: sent.sha256, expectedBytes: sent.sizeBytes };
      throw new OstlerError('STATE_STORE_CONTENT_WRONG', { id, actual, actualBytes, ...expected });
    }
    await updateStore(database.sql, id, { sha256: actual, size_bytes: actualBytes, active_at: now() });
  }

  /** @returns the store as it is then: complete, expired where its capture was not whole, restored. Again gives the same. */
  async release(run: StoreUser, id: string): Promise<StoreRow> {
    const { database, settings, now } = this.#options;
    const row = await this.#granted(run, id);
    if (row.state === 'open') {
      if (row.sha256 === null) await this.#expire(row);
      else await updateStore(database.sql, id, { state: 'complete', completed_at: now() });
    } else if (row.state === 'complete' && row.restore_run_id === run.id) {
      const { userStateRetentionHours } = await settings.get();
      const restored = { restored_at: now(), expires_at: now() + userStateRetentionHours * hourMs };
      await updateStore(database.sql, id, { state: 'restored', ...restored });
      if (userStateRetentionHours === 0) await this.expireDue();
    }
    return getStore(database.sql, id);
  }

  /** @throws OstlerError NOT_FOUND, STATE_STORE_IN_USE */
  async remove(id: string): Promise<StoreRow> {
    const { database, files } = this.#options;
    const row = await getStore(database.sql, id);
    const user = await runningOf(database.sql, usersOf(row));
    if (user !== null) throw new OstlerError('STATE_STORE_IN_USE', { id, runId: user });
    await database.sql.deleteFrom('state_stores').where('id', '=', id).execute();
    await files.remove(id);
    return row;
  }

  /** Deletes the content of stores whose time is over. @returns how many */
  async expireDue(): Promise<number> {
    const { database, now } = this.#options;
    let expired = 0;
    for (const row of await dueStores(database.sql, now(), now() - abandonedMs)) {
      if ((await runningOf(database.sql, usersOf(row))) !== null) continue;
      await this.#expire(row);
      expired += 1;
    }
    return expired;
  }

  async #requestCapture(run: StoreUser): Promise<StoreRow> {
    const { sql } = this.#options.database;
    const open = await openStoreOf(sql, run.id);
    if (open !== null) return open;
    await this.#refuseFull('', 0);
    const id = newId('state-store');
    const nowMs = this.#options.now();
    const ended = { sha256: null, completed_at: null, restored_at: null, expires_at: null };
    const restore = { restore_device_id: null, restore_device_name: null, restore_run_id: null };
    const captured = { device_id: run.device_id, device_name: run.device_name, run_id: run.id };
    await sql.transaction().execute(async (transaction) => {
      const key = await this.#options.seal.seal(transaction, newStreamKey().toString('base64'), keyOwner(id));
      const row = {
        id,
        state: 'open',
        key,
        size_bytes: 0,
        created_at: nowMs,
        active_at: nowMs,
        ...captured,
        ...restore,
        ...ended,
      } as const;
      await transaction.insertInto('state_stores').values(row).execute();
    });
    return getStore(sql, id);
  }

  async #requestRestore(run: StoreUser): Promise<StoreRow> {
    const { sql } = this.#options.database;
    const found = await newestCompleteOf(sql, [run.device_id, ...(await sourcesOf(sql, run.device_id))]);
    if (found === null) throw new OstlerError('STATE_STORE_NOTHING_TO_RESTORE', { deviceName: run.device_name });
    await this.#refuseWithoutContent(found);
    const restore = { restore_device_id: run.device_id, restore_device_name: run.device_name, restore_run_id: run.id };
    // One that was restored before is kept again until this run has released it.
    await updateStore(sql, found.id, { ...restore, state: 'complete', expires_at: null });
    return getStore(sql, found.id);
  }

  /** One answer for what is not there and for what is not this run's. */
  async #granted(run: StoreUser, id: string): Promise<StoreRow> {
    const row = await getStore(this.#options.database.sql, id);
    if (row.run_id === run.id || row.restore_run_id === run.id) return row;
    throw new OstlerError('NOT_FOUND', { kind: 'state store', id });
  }

  async #writable(run: StoreUser, id: string): Promise<StoreRow> {
    const row = await this.#granted(run, id);
    if (row.run_id !== run.id || row.state !== 'open') throw notWritable(row, row.state);
    return row;
  }

  async #refuseFull(exceptId: string, neededBytes: number): Promise<void> {
    const { database, files, settings } = this.#options;
    const { userStateLimitBytes: limitBytes, userStateLimitStores: limitStores } = await settings.get();
    const use = await useOf(database.sql, exceptId);
    const freeBytes = await files.freeBytes();
    const isRoom = use.stores < limitStores && use.usedBytes + Math.max(neededBytes, 1) <= limitBytes && neededBytes < freeBytes;
    if (!isRoom) throw new OstlerError('STATE_STORES_FULL', { neededBytes, ...use, limitBytes, limitStores, freeBytes });
  }

  async #refuseWithoutContent(row: StoreRow): Promise<void> {
    const isWhole = row.sha256 !== null && row.state !== 'expired' && (await this.#options.files.sizeOf(row.id)) === row.size_bytes;
    if (!isWhole) throw new OstlerError('STATE_STORE_WITHOUT_CONTENT', { id: row.id });
  }

  async #expire({ id }: StoreRow): Promise<void> {
    await updateStore(this.#options.database.sql, id, { state: 'expired', key: '', size_bytes: 0, sha256: null });
    await this.#options.files.remove(id);
  }

  async #openKey(row: StoreRow): Promise<string> {
    if (row.key === '') throw new OstlerError('STATE_STORE_WITHOUT_CONTENT', { id: row.id });
    return this.#options.seal.open(this.#options.database.sql, row.key, keyOwner(row.id));
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#roomTurn.then(work);
    this.#roomTurn = mine.catch(() => undefined);
    return mine;
  }
}

function keyOwner(id: string): SealOwner {
  return `state-store/${id}`;
}

/** The runs that need its content. */
function usersOf({ state, run_id: captures, restore_run_id: restores }: StoreRow): (string | null)[] {
  if (state === 'open') return [captures];
  return state === 'complete' ? [restores] : [];
}

function notWritable({ id }: StoreRow, state: string): OstlerError {
  return new OstlerError('STATE_STORE_NOT_WRITABLE', { id, state });
}
