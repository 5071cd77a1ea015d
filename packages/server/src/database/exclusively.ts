/** Work that only one server of the site does at a time, whichever comes first: the others wait. */
import { sql as raw } from 'kysely';
import type { Database } from './database.ts';

/** What is done in turns: each has its number, the same in every version of the program. */
const numbers = { start: 1, content: 2, 'collection-evaluation': 3 } as const;
/** Of Ostler's locks among those of others in the same database. */
const family = 0x0571;

export type Exclusively = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Turns within this process, and on PostgreSQL among all processes, by an advisory lock on a connection of its own. It ends with the connection:
 * a server that dies holds up nobody. The work must not ask for the same turn again.
 */
export function createTurns(database: Database, what: keyof typeof numbers): Exclusively {
  let last: Promise<unknown> = Promise.resolve();
  // One at a time here first: those that wait for the lock must not hold every connection that the one that has it needs.
  return (work) => {
    const mine = last.then(
      () => locked(database, numbers[what], work),
      () => locked(database, numbers[what], work),
    );
    last = mine.catch(() => undefined);
    return mine;
  };
}

async function locked<T>({ sql, dialect }: Database, number: number, work: () => Promise<T>): Promise<T> {
  if (dialect === 'sqlite') return work();
  return sql.connection().execute(async (connection) => {
    await raw`select pg_advisory_lock(${family}, ${number})`.execute(connection);
    try {
      return await work();
    } finally {
      await raw`select pg_advisory_unlock(${family}, ${number})`.execute(connection);
    }
  });
}
