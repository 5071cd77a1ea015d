import type { Kysely } from 'kysely';

/** Forward only. Uses the common subset of SQLite and PostgreSQL. */
export async function up(_sql: Kysely<unknown>): Promise<void> {}
