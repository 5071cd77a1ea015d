/**
 * Which content a machine may read: a computer exactly what its run refers to, the agent's bundle, and the boot environment's root; its client what
 * coming runs refer to that say so; a distribution point what it should have.
 */
import type { BootImage, ContentRef } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import { getPointRow } from '../distribution-points/point-store.ts';
import { isWanted } from '../distribution-points/wanted-content.ts';
import type { Caller } from '../http/handlers.ts';
import type { PreDownloads } from '../pre-download/pre-downloads.ts';
import { getRunRow } from '../runs/store.ts';
import type { ContentCatalogue } from '../task-sequences/site-lookups.ts';
import { runReferences } from './assignment.ts';

export interface ContentAccessDependencies {
  readonly database: Database;
  readonly catalogue: ContentCatalogue;
  readonly bootImages: { list(): Promise<readonly BootImage[]> };
  readonly agentBundle: () => Promise<{ readonly ref: ContentRef }>;
  readonly preDownloads: Pick<PreDownloads, 'mayFetch'>;
}
export interface ContentAccess {
  mayRead(caller: Caller, sha256: string): Promise<boolean>;
}

export function createContentAccess(dependencies: ContentAccessDependencies): ContentAccess {
  const { database, catalogue, bootImages, agentBundle, preDownloads } = dependencies;
  return {
    mayRead: async (caller, sha256) => {
      if (caller.kind === 'distribution-point') {
        return isWanted(database.sql, await getPointRow(database.sql, caller.distributionPointId), sha256);
      }
      if (caller.kind === 'client') return preDownloads.mayFetch(caller.deviceId, sha256);
      if (caller.kind !== 'agent') return caller.kind === 'person';
      if (caller.runId !== null) {
        const row = await getRunRow(database.sql, caller.runId);
        const { images, packages } = await runReferences(row, catalogue);
        if ([...images, ...packages].some(({ content }) => content.sha256 === sha256)) return true;
      }
      if ((await agentBundle()).ref.sha256 === sha256) return true;
      return (await bootImages.list()).some(({ files }) => files['squashfs']?.sha256 === sha256);
    },
  };
}
