/** Versions of a package: each change of its file or its programs makes one, and a run keeps those that were the newest when it began. */
import { z } from 'zod';
import { Id, Timestamp } from './common.ts';
import { Package, PackagePrograms } from './image.ts';

const Comment = z.string().max(1000).default('');

export const PackageVersion = Package.pick({ version: true, fileName: true, content: true, drivers: true, programs: true }).extend({
  comment: z.string(),
  /** Empty for a version from before they were kept. */
  savedBy: z.string(),
  savedAt: Timestamp,
  /** The runs that go on and have it, in words. The newest is also what every run gets that begins from now on. */
  usedBy: z.array(z.string()),
});
export type PackageVersion = z.output<typeof PackageVersion>;

/** Another file, of the kind that the package has; without programs, those of the newest version stay. */
export const AddPackageVersion = z.strictObject({
  fileName: Package.shape.fileName,
  uploadId: Id,
  programs: PackagePrograms.optional(),
  comment: Comment,
});
export const RollBackPackage = z.strictObject({ version: z.number().int().positive(), comment: Comment });
