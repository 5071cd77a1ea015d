/** What a backup's folder holds: the file that says so. */
import { Sha256, SizeBytes } from '@ostler/contract';
import { z } from 'zod';

export const manifestName = 'manifest.json';
/** The copy of the database in the folder, by dialect: SQLite's file, or pg_dump's custom format. */
export const databaseFiles = { sqlite: 'database.sqlite', postgres: 'database.pgdump' } as const;
/** The settings the server ran with: for people, restoring leaves it beside the data. */
export const settingsName = 'ostler.yaml';

export const SavedFile = z.strictObject({
  /** Relative to the backup's folder, with `/`. */
  path: z.string().refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'leads out of the folder'),
  sizeBytes: SizeBytes,
  sha256: Sha256,
});
export type SavedFile = z.output<typeof SavedFile>;

export const BackupManifest = z.strictObject({
  format: z.literal(1),
  createdAt: z.iso.datetime(),
  dialect: z.enum(['sqlite', 'postgres']),
  includesContent: z.boolean(),
  /** Every file of the folder but this one. */
  files: z.array(SavedFile),
});
export type BackupManifest = z.output<typeof BackupManifest>;
