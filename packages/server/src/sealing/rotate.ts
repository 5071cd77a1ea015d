/**
 * Changes the keys while the site runs: a new site key where it is this server's to make, a new key in the database, every secret
 * sealed again, the old keys gone. A power cut anywhere loses nothing: the old keys stay until nothing needs them, and the job
 * begins again with what is left.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '@ostler/contract';
import { countSealed, olderValues, replaceSealed, sealedColumns, type SealedValue } from './sealed-columns.ts';
import { sealUnder } from './secret-seal.ts';
import type { Sealing } from './sealing.ts';

interface Work {
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
}

/** Few enough that nobody waits long for one of them. */
const atOnce = 200;
/** A row that somebody wrote just now is tried again then. */
const againAfterMs = 200;

type Column = (typeof sealedColumns)[number];

/**
 * @param from the key to be replaced; when it has been already, what is left to do is done
 * @throws OstlerError SECRET_SEAL_BROKEN that names what does not open
 */
export async function rotateSealingKey(from: string, sealing: Sealing, work: Work): Promise<{ readonly resealed: number }> {
  const { siteKeys, keys, now } = sealing;
  await siteKeys.renew();
  await keys.replace(from, now());
  let resealed = 0;
  for (;;) {
    for (const column of sealedColumns) resealed += await resealColumn(column, sealing, work);
    if (await keys.dropOld()) break;
    await sleep(againAfterMs, undefined, { signal: work.signal });
  }
  await siteKeys.forgetOld();
  return { resealed };
}

async function resealColumn(column: Column, sealing: Sealing, { signal, report }: Work): Promise<number> {
  const { sql } = sealing.database;
  const { older: total } = await countSealed(sql, column, (await sealing.keys.current(sql)).id);
  let [done, last]: [number, SealedValue['key'] | null] = [0, null];
  for (;;) {
    signal.throwIfAborted();
    report({ activity: `Sealing ${column.what} again`, done: percentOf(done, total), total: 100, unit: 'percent' });
    const values = await resealSome(column, last, sealing);
    done += values.length;
    last = values.at(-1)?.key ?? last;
    if (values.length < atOnce) return done;
  }
}

/** Secrets that came meanwhile are not in the total. */
function percentOf(done: number, total: number): number {
  return total === 0 ? 100 : Math.min(100, Math.round((100 * done) / total));
}

/** One transaction, in the order of the rows. */
async function resealSome(column: Column, after: SealedValue['key'] | null, { database, keys, seal }: Sealing) {
  return database.sql.transaction().execute(async (transaction) => {
    const current = await keys.current(transaction);
    const from = { keyId: current.id, after, limit: atOnce, locks: database.dialect === 'postgres' };
    const values = await olderValues(transaction, column, from);
    for (const { key, sealed } of values) {
      const owner = column.ownerOf(key);
      const value = await seal.open(transaction, sealed, owner);
      await replaceSealed(transaction, column, { key, sealed: sealUnder(current, value, owner) });
    }
    return values;
  });
}
