/** Tables of content, images, packages, boot images, uploads. Made by migration 0002. Times are milliseconds since 1970. */

/** A stored piece. */
interface ContentTable {
  readonly sha256: string;
  readonly size_bytes: number;
  readonly stored_at: number;
  /** From when on it may be deleted once the grace time is over; null while something refers to it. */
  readonly unreferenced_at: number | null;
}

interface ContentReferenceTable {
  readonly owner_kind: string;
  readonly owner_id: string;
  readonly sha256: string;
}

/** Its bytes are in a file of the uploads folder, named by the id; the file's length is how much has arrived. */
interface UploadTable {
  readonly id: string;
  /** The account or the device that began it: nobody else continues it. */
  readonly owner: string;
  readonly file_name: string;
  readonly size_bytes: number;
  readonly created_at: number;
  /** When the last bytes came: an abandoned one is removed. */
  readonly active_at: number;
}

export interface ImageTable {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly origin: string;
  readonly sha256: string;
  readonly size_bytes: number;
  readonly compression: string;
  /** JSON: WimIndex[]. */
  readonly indexes: string;
  readonly created_at: number;
  /** What made it, so that doing it again finds it: a job's or a run's upload. Null for none. */
  readonly made_by: string | null;
}

interface PackageTable {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** The newest. */
  readonly version: number;
  readonly created_at: number;
}

/** Since migration 0045. */
export interface PackageVersionTable {
  readonly id: string;
  readonly package_id: string;
  readonly version: number;
  /** Its place among the new versions of all packages: content-revision.ts. */
  readonly revision: number;
  readonly file_name: string;
  readonly sha256: string;
  readonly size_bytes: number;
  /** JSON: DriverFacts; null for what is no driver package. */
  readonly drivers: string | null;
  /** JSON: PackageProgram[]. */
  readonly programs: string;
  readonly comment: string;
  readonly saved_by: string;
  readonly saved_at: number;
}

export interface BootImageTable {
  readonly id: string;
  readonly version: number;
  readonly inputs_hash: string;
  /** JSON: BootImageOptions. */
  readonly options: string;
  readonly kernel_version: string;
  /** JSON: name → ContentRef. */
  readonly files: string;
  readonly created_at: number;
}

export interface ContentTables {
  readonly content: ContentTable;
  readonly content_references: ContentReferenceTable;
  readonly uploads: UploadTable;
  readonly images: ImageTable;
  readonly packages: PackageTable;
  readonly package_versions: PackageVersionTable;
  /** One row: the revision of the newest version of all packages. Whoever makes one, or begins a run, holds it. */
  readonly content_revisions: { readonly id: 'last'; readonly number: number };
  readonly boot_images: BootImageTable;
}
