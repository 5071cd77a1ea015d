/** What the validation of a definition asks the site: images, packages, other sequences, names of variables. */
import { OstlerError, type Application, type OperatingSystemImage, type Package, type TaskSequenceDefinition } from '@ostler/contract';
import { expandChildren, referencesOf, validateTaskSequence, type Lookups } from '@ostler/task-sequence';
import type { Queries } from '../devices/store.ts';
import { findChildren } from './children.ts';

/** The content that definitions refer to; null where there is none of that id. */
export interface ContentCatalogue {
  findImage(id: string): Promise<OperatingSystemImage | null>;
  /** The newest version, or the one that a run has which began at the revision. */
  findPackage(id: string, asOf?: number): Promise<Package | null>;
  listPackages(asOf?: number): Promise<Package[]>;
  listApplications(): Promise<Application[]>;
  /** Whether the bytes are in the content store. */
  hasContent(sha256: string): Promise<boolean>;
}

export interface SiteKnowledge {
  readonly sql: Queries;
  readonly catalogue: ContentCatalogue;
  /** The definition's own id; null for one that is not saved yet. */
  readonly id: string | null;
}

/** @throws OstlerError TASK_SEQUENCE_INVALID with every problem and where it is */
export async function requireValid(definition: TaskSequenceDefinition, site: SiteKnowledge): Promise<void> {
  const problems = validateTaskSequence(definition, await siteLookups(definition, site));
  if (problems.length === 0) return;
  const text = problems.map(({ where, problem }) => `${where}: ${problem}`).join('; ');
  throw new OstlerError('TASK_SEQUENCE_INVALID', { name: definition.name, problems: text });
}

/** Everything that the definition and its children refer to. */
export async function siteLookups(definition: TaskSequenceDefinition, { sql, catalogue, id }: SiteKnowledge): Promise<Lookups> {
  const findSequence = await findChildren(sql, definition);
  const { imageIds, packageIds, applicationIds } = referencesOf(expandChildren(definition, findSequence, id).definition);
  const applications = applicationIds.length === 0 ? [] : (await catalogue.listApplications()).map((application) => application.id);
  const images = new Map<string, readonly number[]>();
  const packages = new Map<string, readonly string[]>();
  for (const imageId of imageIds) {
    const image = await catalogue.findImage(imageId);
    if (image === null) continue;
    const indexes = image.indexes.map(({ index }) => index);
    images.set(imageId, indexes);
  }
  for (const packageId of packageIds) {
    const found = await catalogue.findPackage(packageId);
    if (found !== null)
      packages.set(
        packageId,
        found.programs.map(({ name }) => name),
      );
  }
  const named = await sql.selectFrom('variables').select('name').where('owner_kind', '!=', 'run').distinct().execute();
  return {
    imageIndexes: (imageId) => images.get(imageId),
    hasPackage: (packageId) => packages.has(packageId),
    packagePrograms: (packageId) => packages.get(packageId),
    hasApplication: (applicationId) => applications.includes(applicationId),
    findSequence,
    ...(id === null ? {} : { ownId: id }),
    variableNames: named.map(({ name }) => name),
  };
}
