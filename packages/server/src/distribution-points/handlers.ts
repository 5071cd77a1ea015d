/** Handlers of what administrators call about distribution points. */
import type { DistributionPoint } from '@ostler/contract';
import { getGroup } from '../boundaries/group-store.ts';
import type { Database } from '../database/database.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { isoTime } from '../iso-time.ts';
import { makeTicket, revoke } from './enrolment.ts';
import {
  addToGroup,
  choose,
  createPoint,
  deletePoint,
  getPoint,
  getPointRow,
  listPoints,
  removeFromGroup,
  unchoose,
  updatePoint,
} from './point-store.ts';
import { order, placedContent } from './wanted-content.ts';

export interface DistributionPointDependencies {
  readonly database: Database;
  readonly now: () => number;
  readonly serverUrl: () => string;
  readonly caPem: string;
}

type PointHandlers = HandlersOf<'distributionPoints'>;

export function distributionPointHandlers(dependencies: DistributionPointDependencies): PointHandlers {
  const { database, now } = dependencies;
  const { sql } = database;
  const get = (id: string): Promise<DistributionPoint> => getPoint(sql, id, now());
  return {
    ...lifeHandlers(dependencies, get),
    ...contentHandlers(dependencies, get),
    'distributionPoints.list': async () => ({ items: await listPoints(sql, now()) }),
    'distributionPoints.get': ({ params }) => get(params.id),
    'distributionPoints.update': async ({ params, body }) => {
      await updatePoint(sql, params.id, body);
      return get(params.id);
    },
    'distributionPoints.addGroup': async ({ params: { id, groupId } }) => {
      await getPointRow(sql, id);
      await getGroup(sql, groupId);
      await addToGroup(sql, id, groupId);
      return get(id);
    },
    'distributionPoints.removeGroup': async ({ params: { id, groupId } }) => {
      await removeFromGroup(sql, id, groupId);
      return get(id);
    },
  };
}

type Get = (id: string) => Promise<DistributionPoint>;
type LifeRoutes = 'create' | 'delete' | 'ticket' | 'revoke';

function lifeHandlers(
  { database: { sql }, now, serverUrl, caPem }: DistributionPointDependencies,
  get: Get,
): Pick<PointHandlers, `distributionPoints.${LifeRoutes}`> {
  return {
    'distributionPoints.create': async ({ body }, { log }) => {
      const id = await createPoint(sql, body, now());
      log.info({ distributionPointId: id, distributionPointName: body.name }, 'distribution point made');
      return get(id);
    },
    'distributionPoints.delete': async ({ params: { id } }, { log }) => {
      const { name } = await getPointRow(sql, id);
      await deletePoint(sql, id);
      log.info({ distributionPointId: id, distributionPointName: name }, 'distribution point deleted');
      return { ok: true };
    },
    'distributionPoints.ticket': async ({ params: { id } }, { log }) => {
      const { name, url } = await getPointRow(sql, id);
      const { token, expiresAtMs } = await makeTicket(sql, id, now());
      log.info({ distributionPointId: id, distributionPointName: name }, 'enrolment ticket made');
      return { distributionPointId: id, name, url, siteUrl: serverUrl(), caPem, token, expiresAt: isoTime(expiresAtMs) };
    },
    'distributionPoints.revoke': async ({ params: { id } }, { log }) => {
      const { name } = await getPointRow(sql, id);
      await revoke(sql, id, now());
      log.warn({ distributionPointId: id, distributionPointName: name }, 'distribution point revoked');
      return get(id);
    },
  };
}

type ContentRoutes = 'content' | 'addContent' | 'removeContent' | 'redistribute' | 'validate';

function contentHandlers(
  { database: { sql } }: DistributionPointDependencies,
  get: Get,
): Pick<PointHandlers, `distributionPoints.${ContentRoutes}`> {
  return {
    'distributionPoints.content': async ({ params }) => ({ items: await placedContent(sql, await getPointRow(sql, params.id)) }),
    'distributionPoints.addContent': async ({ params: { id, kind, objectId } }) => {
      await getPointRow(sql, id);
      await choose(sql, id, kind, objectId);
      return get(id);
    },
    'distributionPoints.removeContent': async ({ params: { id, kind, objectId } }) => {
      await unchoose(sql, id, kind, objectId);
      return get(id);
    },
    'distributionPoints.redistribute': async ({ params, body }) => {
      await order(sql, await getPointRow(sql, params.id), 'fetch', body.sha256);
      return { ok: true };
    },
    'distributionPoints.validate': async ({ params, body }) => {
      await order(sql, await getPointRow(sql, params.id), 'validate', body.sha256);
      return { ok: true };
    },
  };
}
