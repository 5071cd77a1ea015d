/** Handlers of the boundary and boundary group routes. */
import type { SiteSettings } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import { explainSources } from '../distribution-points/content-sources.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { createBoundary, deleteBoundary, getBoundary, listBoundaries } from './boundary-store.ts';
import {
  addBoundaryToGroup,
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  removeBoundaryFromGroup,
  removeNeighbour,
  setNeighbour,
  updateGroup,
} from './group-store.ts';
import { unknownPolicyOf } from './unknown-policy.ts';

export interface BoundaryDependencies {
  readonly database: Database;
  readonly now: () => number;
  readonly settings: { get(): Promise<SiteSettings> };
  /** Where machines reach the site's own content. */
  readonly serverUrl: () => string;
}

export function boundaryHandlers({
  database: { sql },
  settings,
  now,
  serverUrl,
}: BoundaryDependencies): HandlersOf<'boundaries' | 'boundaryGroups'> {
  return {
    'boundaries.list': async () => ({ items: await listBoundaries(sql) }),
    'boundaries.get': ({ params }) => getBoundary(sql, params.id),
    'boundaries.create': ({ body }) => createBoundary(sql, body, now()),
    'boundaries.delete': async ({ params }) => {
      await deleteBoundary(sql, params.id);
      return { ok: true };
    },
    'boundaryGroups.list': async () => ({ items: await listGroups(sql) }),
    'boundaryGroups.get': ({ params }) => getGroup(sql, params.id),
    'boundaryGroups.create': ({ body }) => createGroup(sql, body, now()),
    'boundaryGroups.update': ({ params, body }) => updateGroup(sql, params.id, body),
    'boundaryGroups.delete': async ({ params }) => {
      await deleteGroup(sql, params.id);
      return { ok: true };
    },
    'boundaryGroups.addBoundary': async ({ params: { id, boundaryId } }) => {
      await getGroup(sql, id);
      await getBoundary(sql, boundaryId);
      await addBoundaryToGroup(sql, id, boundaryId);
      return getGroup(sql, id);
    },
    'boundaryGroups.removeBoundary': async ({ params: { id, boundaryId } }) => {
      await removeBoundaryFromGroup(sql, id, boundaryId);
      return getGroup(sql, id);
    },
    'boundaryGroups.setNeighbour': async ({ params: { id, neighbourId }, body }) => {
      await getGroup(sql, neighbourId);
      await setNeighbour(sql, await getGroup(sql, id), neighbourId, body.fallbackMinutes);
      return getGroup(sql, id);
    },
    'boundaryGroups.removeNeighbour': async ({ params: { id, neighbourId } }) => {
      await removeNeighbour(sql, id, neighbourId);
      return getGroup(sql, id);
    },
    'boundaryGroups.explain': async ({ query: { address } }) => {
      const explained = await explainSources(sql, { address, sha256: null, siteUrl: serverUrl(), nowMs: now() });
      return { ...explained, unknownComputers: await unknownPolicyOf(sql, explained.groups, await settings.get()) };
    },
  };
}
