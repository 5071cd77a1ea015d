/** What tests share: temporary folders and databases. Imported by tests only. */
export { temporaryDirectory, type TemporaryDirectory } from './temporary-directory.ts';
export { createPostgresDatabase, type PostgresDatabase } from './postgres-database.ts';
