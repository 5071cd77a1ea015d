import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { temporaryDirectory } from '@ostler/testkit';
import { Kysely, sql } from 'kysely';
import { expect, it } from 'vitest';
import { sqliteDialect } from './sqlite.ts';

interface Tables {
  numbers: { number: number };
}

it('the network is served between the queries of a long queue', async () => {
  await using folder = await temporaryDirectory();
  const database = new Kysely<Tables>({ dialect: sqliteDialect(join(folder.path, 'test.sqlite')) });
  await sql`create table numbers (number integer)`.execute(database);
  const queue = { done: 0, turns: 0 };
  const count = 5000;

  const writing = Array.from({ length: count }, async (_, number) => {
    await database.insertInto('numbers').values({ number }).execute();
    queue.done += 1;
  });
  // As a connection that is accepted while they wait.
  const turn = (): void => {
    queue.turns += 1;
    if (queue.done < count) setImmediate(turn);
  };
  setImmediate(turn);
  await Promise.all(writing);

  expect(queue.turns).toBeGreaterThan(3);
  await database.destroy();
});

it('a write, and a read of it, have their answer when it is on the disk; the writes behind it go on', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'test.sqlite');
  const [begun, disk] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const datasync = (): Promise<void> => {
    begun.resolve();
    return disk.promise;
  };
  const database = new Kysely<Tables>({
    dialect: sqliteDialect(path, () => Promise.resolve({ datasync, close: () => Promise.resolve() })),
  });
  const answered: string[] = [];

  const table = sql`create table numbers (number integer)`.execute(database);
  const first = database.insertInto('numbers').values({ number: 1 }).execute();
  const second = database.insertInto('numbers').values({ number: 2 }).execute();
  const read = database.selectFrom('numbers').selectAll().execute();
  const all = Promise.all([
    first.then(() => answered.push('first')),
    second.then(() => answered.push('second')),
    read.then(() => answered.push('read')),
  ]);
  await table;
  await begun.promise;
  using beside = new DatabaseSync(path);
  const committed = (): unknown => beside.prepare('select count(*) as count from numbers').get()?.['count'];
  await expect.poll(committed).toBe(2);

  expect(answered).toEqual([]);
  disk.resolve();
  await all;
  expect(await read).toEqual([{ number: 1 }, { number: 2 }]);
  await database.destroy();
});
