/** What a run of a deployment would fetch now, as far as that is known before: the pieces that its enabled steps name. */
import { createHash } from 'node:crypto';
import type { ContentRef, TaskSequenceDefinition } from '@ostler/contract';
import { applicationClosure, referencesOf } from '@ostler/task-sequence';
import type { Database } from '../database/database.ts';
import type { DeploymentRow } from '../deployments/store.ts';
import { definitionToRun } from '../runs/definition-to-run.ts';
import type { ContentCatalogue } from '../task-sequences/site-lookups.ts';

export interface PreparedContent {
  /** Another one as soon as the pieces are. */
  readonly hash: string;
  /** Images first, each piece once. */
  readonly pieces: readonly ContentRef[];
}

export type PreparedDeployment = Pick<DeploymentRow, 'id' | 'task_sequence_id' | 'task_sequence_version'>;

export interface PreparedContents {
  /** @throws OstlerError NOT_FOUND */
  of(deployment: PreparedDeployment): Promise<PreparedContent>;
}

export interface PreparedContentDependencies {
  readonly database: Database;
  readonly catalogue: ContentCatalogue;
  readonly now: () => number;
}

/** A fleet asks for the same again and again: it is looked up every ten seconds at most. */
const knownForMs = 10_000;

export function createPreparedContents({ database, catalogue, now }: PreparedContentDependencies): PreparedContents {
  const known = new Map<string, { readonly atMs: number; readonly content: Promise<PreparedContent> }>();
  return {
    of: (deployment) => {
      for (const [id, { atMs }] of known) if (now() - atMs > knownForMs) known.delete(id);
      const found = known.get(deployment.id);
      if (found !== undefined) return found.content;
      const content = definitionToRun(database.sql, deployment).then(({ definition }) => preparedContent(definition, catalogue));
      known.set(deployment.id, { atMs: now(), content });
      // What failed is tried again by whoever asks next.
      content.catch(() => void known.delete(deployment.id));
      return content;
    },
  };
}

/** What only variables name, and drivers that are chosen by a computer's devices, are fetched when the run needs them. */
async function preparedContent(definition: TaskSequenceDefinition, catalogue: ContentCatalogue): Promise<PreparedContent> {
  const { imageIds, packageIds, applicationIds } = referencesOf(definition, { onlyEnabled: true });
  const applications = applicationIds.length === 0 ? [] : applicationClosure(applicationIds, await catalogue.listApplications());
  const allPackageIds = new Set([...packageIds, ...applications.map(({ packageId }) => packageId)]);
  const found = await Promise.all([
    ...imageIds.map((id) => catalogue.findImage(id)),
    ...[...allPackageIds].map((id) => catalogue.findPackage(id)),
  ]);
  // What is missing at the site keeps the run from beginning, and says so there.
  const pieces = new Map(found.flatMap((each) => (each === null ? [] : [[each.content.sha256, each.content] as const])));
  const hash = createHash('sha256')
    .update([...pieces.keys()].toSorted().join())
    .digest('hex');
  return { hash, pieces: [...pieces.values()] };
}
