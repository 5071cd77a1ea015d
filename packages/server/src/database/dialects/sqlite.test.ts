import { join } from 'node:path';
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
