/** What a definition needs of the site, and whether that is there: asked before a run begins, while the disk is still untouched. */
import type { Application, BootImage, ContentRef, NeededContent, TaskSequenceDefinition } from '@ostler/contract';
import { activeSteps, applicationClosure, referencesOf, restartTargetOf } from '@ostler/task-sequence';
import type { ContentCatalogue } from '../task-sequences/site-lookups.ts';

export interface ContentSources {
  readonly catalogue: ContentCatalogue;
  readonly bootImages: { inUse(): Promise<BootImage | null> };
}

type Named = { readonly name: string; readonly content: ContentRef } | null;

/** Of the steps that are enabled: a disabled one may refer to anything. What only variables name is not known yet. */
export async function neededContent(definition: TaskSequenceDefinition, sources: ContentSources): Promise<NeededContent[]> {
  const { catalogue } = sources;
  const { imageIds, packageIds, applicationIds } = referencesOf(definition, { onlyEnabled: true });
  const known = applicationIds.length === 0 ? [] : await catalogue.listApplications();
  const applications = applicationClosure(applicationIds, known);
  const installed = applications.map(({ packageId }) => packageId);
  const images = imageIds.map(async (id) => stored('operating system image', id, await catalogue.findImage(id), catalogue));
  const packages = [...new Set([...packageIds, ...installed])].map(async (id) =>
    stored('package', id, await catalogue.findPackage(id), catalogue),
  );
  return [
    ...missingChildren(definition),
    ...(goesBack(definition) ? await missingBootImage(sources) : []),
    ...(await Promise.all(images)),
    ...neededApplications(applicationIds, applications),
    ...(await Promise.all(packages)),
  ];
}

async function stored(kind: NeededContent['kind'], id: string, found: Named, catalogue: ContentCatalogue): Promise<NeededContent> {
  if (found === null) return { kind, id, name: id, sizeBytes: null, problem: 'is not at the site' };
  const { name, content } = found;
  const problem = (await catalogue.hasContent(content.sha256)) ? null : 'has lost its content';
  return { kind, id, name, sizeBytes: content.sizeBytes, problem };
}

/** An application has no content of its own: its package has. */
function neededApplications(wantedIds: readonly string[], found: readonly Application[]): NeededContent[] {
  const names = new Map(found.map(({ id, name }) => [id, name]));
  return [...new Set([...wantedIds, ...names.keys()])].map((id) => ({
    kind: 'application',
    id,
    name: names.get(id) ?? id,
    sizeBytes: null,
    problem: names.has(id) ? null : 'is not at the site',
  }));
}

/** Those that could not be put in the place of their steps: a run would fail before its first step. */
function missingChildren({ steps }: TaskSequenceDefinition): NeededContent[] {
  return [...activeSteps(steps)].flatMap(({ step }) => {
    if (step.type !== 'run-task-sequence') return [];
    const id = step.options.taskSequenceId;
    return [{ kind: 'task sequence', id, name: id, sizeBytes: null, problem: 'cannot be run: it is deleted, disabled, or runs itself' }];
  });
}

function goesBack({ steps }: TaskSequenceDefinition): boolean {
  return [...activeSteps(steps)].some(({ step }) => restartTargetOf(step) === 'boot-image');
}

/** For who needs the boot environment: what they lack where the site has none. The newest boot image is never deleted. */
export async function missingBootImage({ bootImages }: Pick<ContentSources, 'bootImages'>): Promise<NeededContent[]> {
  if ((await bootImages.inUse()) !== null) return [];
  const problem = 'has not been built yet (ostler boot-image build)';
  return [{ kind: 'boot image', id: 'boot-image', name: 'of the site', sizeBytes: null, problem }];
}
