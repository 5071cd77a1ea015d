/** Handlers of the collection routes. */
import { sql as raw, type SqlBool } from 'kysely';
import { sightOfCaller } from '../access/caller.ts';
import { within } from '../access/visible.ts';
import type { Database } from '../database/database.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import { devicePage } from '../devices/device-page.ts';
import { deleteVariable, listVariables, setVariable } from '../devices/variables-store.ts';
import type { HandlersOf } from '../http/handlers.ts';
import type { JobQueue } from '../jobs/job-handlers.ts';

import { isMemberOf } from './members.ts';
import { explainMembership, previewQuery } from './inspect.ts';
import type { Memberships } from './memberships.ts';
import type { QueryLanguage } from './query/query-language.ts';
import { addDirect, addRule, refuseCycle, removeDirect, removeRule } from './rules.ts';
import { createCollection, deleteCollection, getCollection, listCollections, listRules, updateCollection } from './store.ts';

export interface CollectionDependencies {
  readonly database: Database;
  readonly seal: SecretSeal;
  readonly language: QueryLanguage;
  readonly memberships: Memberships;
  readonly jobs: JobQueue;
  readonly now: () => number;
  /** Aborts when the server stops: a client that goes away stops no evaluation. */
  readonly stopping: AbortSignal;
}

export type CollectionHandlers = HandlersOf<'collections'>;

export function collectionHandlers(dependencies: CollectionDependencies): CollectionHandlers {
  return {
    ...ownHandlers(dependencies),
    ...memberHandlers(dependencies),
    ...ruleHandlers(dependencies),
    ...variableHandlers(dependencies),
  };
}

function ownHandlers({ database: { sql }, language, memberships, jobs, now, stopping }: CollectionDependencies) {
  return {
    'collections.list': async () => ({ items: await listCollections(sql) }),
    'collections.get': ({ params }) => getCollection(sql, params.id),
    'collections.create': async ({ body: { rules, ...body } }, { log }) => {
      const { id, name } = await sql.transaction().execute(async (transaction) => {
        const made = await createCollection(transaction, body, now());
        for (const rule of rules) await addRule(transaction, made.id, rule, { language, nowMs: now() });
        return made;
      });
      log.info({ collectionId: id, collectionName: name, rules: rules.length }, 'collection made');
      if (rules.length > 0) await memberships.evaluate(id, stopping);
      return getCollection(sql, id);
    },
    'collections.update': async ({ params: { id }, body }, { log }) => {
      await sql.transaction().execute(async (transaction) => {
        if (body.limitingCollectionId !== undefined) await getCollection(transaction, body.limitingCollectionId);
        await updateCollection(transaction, id, body);
        await refuseCycle(transaction, id);
      });
      if (body.limitingCollectionId !== undefined) await memberships.evaluate(id, stopping);
      log.info({ collectionId: id, ...body }, 'collection changed');
      return getCollection(sql, id);
    },
    'collections.delete': async ({ params }) => {
      await sql.transaction().execute((transaction) => deleteCollection(transaction, params.id));
      return { ok: true };
    },
    'collections.evaluate': async ({ body: { collectionId } }) => {
      const subject = collectionId === null ? 'every collection' : (await getCollection(sql, collectionId)).name;
      return jobs.enqueue('collection-evaluation', subject, { collectionId });
    },
  } satisfies Partial<CollectionHandlers>;
}

function memberHandlers({ database, language, memberships, now }: CollectionDependencies) {
  const { sql } = database;
  return {
    'collections.members': async ({ params: { id }, query }, { caller }) => {
      await getCollection(sql, id);
      const visible = within(sightOfCaller(caller, 'devices.read'), 'devices.id');
      return devicePage(sql, query, raw<SqlBool>`(${visible} and ${isMemberOf(id)})`);
    },
    'collections.addMember': async ({ params: { id, deviceId } }) => {
      await addDirect(sql, id, deviceId, now());
      await memberships.evaluateDevice(deviceId);
      return { ok: true };
    },
    'collections.removeMember': async ({ params: { id, deviceId } }) => {
      await removeDirect(sql, id, deviceId);
      await memberships.evaluateDevice(deviceId);
      return { ok: true };
    },
    'collections.preview': ({ body }, { signal }) => previewQuery(body, { database, language, now }, signal),
    'collections.explain': async ({ params: { id, deviceId } }) => {
      await memberships.settle(deviceId);
      return explainMembership(id, deviceId, { database, language, now });
    },
  } satisfies Partial<CollectionHandlers>;
}

function ruleHandlers({ database: { sql }, language, memberships, now, stopping }: CollectionDependencies) {
  const evaluateAfter = async (id: string, deviceId: string | null): Promise<void> => {
    if (deviceId === null) await memberships.evaluate(id, stopping);
    else await memberships.evaluateDevice(deviceId);
  };
  return {
    'collections.rules': async ({ params: { id } }) => {
      await getCollection(sql, id);
      return { items: await listRules(sql, id) };
    },
    'collections.addRule': async ({ params: { id }, body }, { log }) => {
      const rule = await sql.transaction().execute((transaction) => addRule(transaction, id, body, { language, nowMs: now() }));
      log.info({ collectionId: id, ruleId: rule.id, kind: rule.kind }, 'collection rule added');
      await evaluateAfter(id, body.kind === 'direct' ? body.deviceId : null);
      return rule;
    },
    'collections.removeRule': async ({ params: { id, ruleId } }, { log }) => {
      const deviceId = await sql.transaction().execute((transaction) => removeRule(transaction, id, ruleId));
      log.info({ collectionId: id, ruleId }, 'collection rule removed');
      await evaluateAfter(id, deviceId);
      return { ok: true };
    },
  } satisfies Partial<CollectionHandlers>;
}

function variableHandlers({ database: { sql }, seal }: CollectionDependencies) {
  return {
    'collections.variables': async ({ params: { id } }) => {
      await getCollection(sql, id);
      return { items: await listVariables(sql, { kind: 'collection', id }) };
    },
    'collections.setVariable': async ({ params: { id, name }, body }) => {
      await getCollection(sql, id);
      return sql.transaction().execute((transaction) => setVariable(transaction, { kind: 'collection', id }, { name, ...body }, seal));
    },
    'collections.deleteVariable': async ({ params: { id, name } }) => {
      await getCollection(sql, id);
      await deleteVariable(sql, { kind: 'collection', id }, name);
      return { ok: true };
    },
  } satisfies Partial<CollectionHandlers>;
}
