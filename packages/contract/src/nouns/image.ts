/** Operating system images (WIM) and packages: content that task sequences lay down or install. */
import { z } from 'zod';
import { Architecture, ContentRef, Id, Name, SizeBytes, Timestamp } from './common.ts';
import { Condition } from './condition.ts';

/** One image inside a WIM file, as its XML describes it. */
export const WimIndex = z.strictObject({
  index: z.number().int().positive(),
  name: z.string(),
  description: z.string(),
  edition: z.string().nullable(),
  architecture: z.string().nullable(),
  osVersion: z.string().nullable(),
  languages: z.array(z.string()),
  /** Of every name's file, as the WIM counts it: what is linked twice counts twice. */
  sizeBytes: SizeBytes,
  /** Of that, what takes no space because it is a further name of a file. */
  hardLinkBytes: SizeBytes.default(0),
  fileCount: z.number().int().nonnegative(),
  createdAt: Timestamp.nullable(),
  modifiedAt: Timestamp.nullable(),
  family: z.enum(['linux', 'windows', 'unknown']),
});
export type WimIndex = z.output<typeof WimIndex>;

export const OperatingSystemImage = z.strictObject({
  id: Id,
  name: Name,
  description: z.string(),
  /** Where it came from. */
  origin: z.enum(['import', 'create', 'capture']),
  content: ContentRef,
  compression: z.string(),
  indexes: z.array(WimIndex).min(1),
  createdAt: Timestamp,
});
export type OperatingSystemImage = z.output<typeof OperatingSystemImage>;

export const ImportImage = z
  .strictObject({
    name: Name,
    description: z.string().max(2000).default(''),
    /** A file on the server … */
    path: z.string().startsWith('/').optional(),
    /** … or a finished upload. */
    uploadId: Id.optional(),
  })
  .refine((value) => (value.path === undefined) !== (value.uploadId === undefined), 'give either path or uploadId');
export type ImportImage = z.output<typeof ImportImage>;

export const CreateImage = z.strictObject({
  name: Name,
  distribution: z.enum(['debian']),
  suite: z.enum(['trixie', 'bookworm']).default('trixie'),
  architecture: Architecture.default('amd64'),
  extraPackages: z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/)).default([]),
  mirror: z.url().optional(),
});
export type CreateImage = z.output<typeof CreateImage>;

export const ExportImage = z.strictObject({ index: z.number().int().positive(), path: z.string().startsWith('/') });
export type ExportImage = z.output<typeof ExportImage>;

/**
 * What a driver package says of itself, in its file `drivers.json` (feature map §1.4, §1.5): a tar archive with `firmware/…` for the
 * kernel's firmware folder and `*.deb` files, DKMS ones among them.
 */
export const DriverFacts = z.strictObject({
  manufacturer: z.string().max(100).default(''),
  model: z.string().max(100).default(''),
  version: z.string().max(100).default(''),
  /** Auto Apply Drivers may be limited to some. */
  categories: z.array(Name).max(50).default([]),
  /** The devices it is for, as the kernel writes them, with `*` and `?`: `pci:v00008086d000015B8*`, `usb:v0BDAp8153*`. */
  deviceIds: z
    .array(z.string().regex(/^[\x21-\x7e]{3,200}$/, 'is not a device id'))
    .max(5000)
    .default([]),
});
export type DriverFacts = z.output<typeof DriverFacts>;

/** One way to run a package (feature map §1.6); Install Package names it. */
export const PackageProgram = z.strictObject({
  name: Name,
  /** For the shell, among the package's files; `%variable%` is filled in. */
  commandLine: z.string().trim().min(1).max(4000),
  /** Below the folder of the package's files; empty: that folder. */
  workingDirectory: z
    .string()
    .max(500)
    .regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))/, 'has to be below the folder of the package’s files')
    .default(''),
  /** Holds where it may run; left out: everywhere. */
  requirements: Condition.optional(),
  /** 3010 also asks for a restart. They count instead of the step's. */
  successCodes: z.array(z.number().int()).min(1).max(50).default([0, 3010]),
});
export type PackageProgram = z.output<typeof PackageProgram>;
/** What people write; YAML and JSON are the same document. */
export const PackagePrograms = z
  .array(PackageProgram)
  .max(50)
  .refine(
    (programs) => new Set(programs.map(({ name }) => name.toLowerCase())).size === programs.length,
    'two programs have the same name',
  );

/** A .deb, an .rpm or a script that *Install Package* runs in the installed system, or a tar archive with files for scripts. */
export const Package = z.strictObject({
  id: Id,
  name: Name,
  kind: z.enum(['deb', 'rpm', 'script', 'archive', 'drivers']),
  fileName: z.string().regex(/^[\w.+~:-]{1,200}$/),
  content: ContentRef,
  /** Of a driver package only. */
  drivers: DriverFacts.optional(),
  programs: PackagePrograms,
  /** Of file and programs, from 1 on: the newest, or the one that a run has. */
  version: z.number().int().positive(),
  createdAt: Timestamp,
});
export type Package = z.output<typeof Package>;
export const CreatePackage = z.strictObject({
  name: Name,
  kind: Package.shape.kind,
  fileName: Package.shape.fileName,
  uploadId: Id,
  programs: PackagePrograms.default([]),
});
/** What is not given stays as it is. Other programs make a new version; the comment is its. */
export const UpdatePackage = z.strictObject({
  name: Name.optional(),
  programs: PackagePrograms.optional(),
  comment: z.string().max(1000).default(''),
});
export type UpdatePackage = z.output<typeof UpdatePackage>;

/** An upload that resumes: send from `receivedBytes` on until it is `sizeBytes`. */
export const Upload = z.strictObject({
  id: Id,
  fileName: z.string(),
  sizeBytes: SizeBytes,
  receivedBytes: SizeBytes,
  createdAt: Timestamp,
});
export type Upload = z.output<typeof Upload>;
export const CreateUpload = z.strictObject({ fileName: z.string().min(1).max(255), sizeBytes: SizeBytes });

/** One defect that `content verify` found. */
export const ContentDefect = z.strictObject({
  sha256: z.string(),
  problem: z.enum(['missing', 'wrong-size', 'wrong-hash']),
  actual: z.string(),
  /** What the content belongs to: image, package and boot image names. */
  usedBy: z.array(z.string()),
});
export type ContentDefect = z.output<typeof ContentDefect>;
