/** Handlers of the collection routes. */
import type { Database } from '../database/database.ts';
import type { SecretSeal } from '../devices/secret-seal.ts';
import { getDevice } from '../devices/store.ts';
import { deleteVariable, listVariables, setVariable } from '../devices/variables-store.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { addMember, collectionMembers, createCollection, deleteCollection, getCollection, listCollections, removeMember } from './store.ts';

export interface CollectionDependencies {
  readonly database: Database;
  readonly seal: SecretSeal;
  readonly now: () => number;
}

export function collectionHandlers({ database: { sql }, seal, now }: CollectionDependencies): HandlersOf<'collections'> {
  return {
    'collections.list': async () => ({ items: await listCollections(sql) }),
    'collections.create': ({ body }) => createCollection(sql, body, now()),
    'collections.delete': async ({ params }) => {
      await sql.transaction().execute((transaction) => deleteCollection(transaction, params.id));
      return { ok: true };
    },
    'collections.members': async ({ params }) => {
      await getCollection(sql, params.id);
      return { items: await collectionMembers(sql, params.id) };
    },
    'collections.addMember': async ({ params }) => {
      await getDevice(sql, params.deviceId);
      await addMember(sql, params.id, params.deviceId);
      return { ok: true };
    },
    'collections.removeMember': async ({ params }) => {
      await removeMember(sql, params.id, params.deviceId);
      return { ok: true };
    },
    'collections.variables': async ({ params: { id } }) => {
      await getCollection(sql, id);
      return { items: await listVariables(sql, { kind: 'collection', id }) };
    },
    'collections.setVariable': async ({ params: { id, name }, body }) => {
      await getCollection(sql, id);
      return setVariable(sql, { kind: 'collection', id }, { name, ...body }, seal);
    },
    'collections.deleteVariable': async ({ params: { id, name } }) => {
      await getCollection(sql, id);
      await deleteVariable(sql, { kind: 'collection', id }, name);
      return { ok: true };
    },
  };
}
