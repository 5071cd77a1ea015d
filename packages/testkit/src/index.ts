/** What tests share: temporary folders and databases. Imported by tests only. */
export { firstPassword, freePort, pipeOstler, startSite, type RunningSite } from './running-site.ts';
export { temporaryDirectory, type TemporaryDirectory } from './temporary-directory.ts';
export { copyPostgresDatabase, createPostgresDatabase, type PostgresDatabase } from './postgres-database.ts';
