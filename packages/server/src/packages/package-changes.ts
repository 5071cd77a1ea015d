/** What every change of a package asks: what its file must be, and which of its programs have to stay. */
import { OstlerError, type PackageProgram } from '@ostler/contract';
import type { ContentStore } from '../content/content-store.ts';
import type { RequestContext } from '../http/handlers.ts';
import type { Uploads } from '../uploads/uploads.ts';
import { checkPackage, readDriverFacts } from './check-package.ts';
import type { NewPackage, PackageStore } from './package-store.ts';

export interface PackageDependencies {
  readonly content: Pick<ContentStore, 'takeFile'>;
  readonly packages: PackageStore;
  readonly uploads: Pick<Uploads, 'finished' | 'remove'>;
  /** Names of what refers to a package, such as task sequences. */
  readonly packageUsers: (packageId: string) => Promise<string[]>;
  /** Names of what runs one of its programs. */
  readonly programUsers: (packageId: string, program: string) => Promise<string[]>;
  /** Names of what has which version of it. */
  readonly versionUsers: (packageId: string) => Promise<ReadonlyMap<number, readonly string[]>>;
}

interface UploadedFile {
  readonly kind: NewPackage['kind'];
  readonly fileName: string;
  readonly uploadId: string;
}

/** Checks an upload and takes it into the content store; it is gone once what is made of it is there. */
export async function takePackageFile<T>(
  { kind, fileName, uploadId }: UploadedFile,
  { content, uploads }: Pick<PackageDependencies, 'content' | 'uploads'>,
  { signal }: Pick<RequestContext, 'signal'>,
  make: (taken: Pick<NewPackage, 'fileName' | 'content' | 'drivers'>) => Promise<T>,
): Promise<T> {
  const upload = await uploads.finished('administrators', uploadId);
  const file = { path: upload.path, fileName };
  await checkPackage[kind](file, signal);
  const drivers = kind === 'drivers' ? { drivers: await readDriverFacts(file, signal) } : {};
  const made = await make({ fileName, content: await content.takeFile(upload.path, { signal }), ...drivers });
  await uploads.remove('administrators', uploadId);
  return made;
}

/** @throws OstlerError IN_USE for a program that is no longer among them although something runs it */
export async function keepUsedPrograms(
  before: { readonly id: string; readonly programs: readonly PackageProgram[] },
  programs: readonly PackageProgram[],
  { programUsers }: Pick<PackageDependencies, 'programUsers'>,
): Promise<void> {
  const kept = new Set(programs.map(({ name }) => name));
  for (const { name } of before.programs.filter((program) => !kept.has(program.name))) {
    const users = await programUsers(before.id, name);
    if (users.length > 0) throw new OstlerError('IN_USE', { kind: 'program', name, users: users.join(', ') });
  }
}
