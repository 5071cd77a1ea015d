/** Both databases, for `describe.each(databases)`: every store test runs on each. */
import { join } from 'node:path';
import { copyPostgresDatabase, temporaryDirectory } from '@ostler/testkit';
import { pino } from 'pino';
import { connectDatabase, type DatabaseLocation } from '../src/database/connect.ts';
import type { Database } from '../src/database/database.ts';

export const silentLog = pino({ level: 'silent' });

export interface TestDatabase extends AsyncDisposable {
  readonly database: Database;
  readonly location: DatabaseLocation;
}

/** `await using test = await open()`: empty, at the newest version, gone at the end of the test. */
export const databases: readonly { readonly dialect: Database['dialect']; readonly open: () => Promise<TestDatabase> }[] = [
  { dialect: 'sqlite', open: openSqlite },
  { dialect: 'postgres', open: openPostgres },
];

async function openSqlite(): Promise<TestDatabase> {
  await using cleanUp = new AsyncDisposableStack();
  const folder = cleanUp.use(await temporaryDirectory());
  return await connect({ dialect: 'sqlite', path: join(folder.path, 'test.sqlite') }, cleanUp.move());
}

async function openPostgres(): Promise<TestDatabase> {
  await using cleanUp = new AsyncDisposableStack();
  const { url } = cleanUp.use(await copyPostgresDatabase('migrated', migrateOnce));
  return await connect({ dialect: 'postgres', url }, cleanUp.move());
}

/** The migrations are many: each test has a copy of what they made. */
async function migrateOnce(url: string): Promise<void> {
  const database = await connectDatabase({ dialect: 'postgres', url }, silentLog);
  await database.close();
}

async function connect(location: DatabaseLocation, cleanUp: AsyncDisposableStack): Promise<TestDatabase> {
  const database = await connectDatabase(location, silentLog);
  cleanUp.defer(() => database.close());
  return { database, location, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() };
}
