/** The rows of applications. */
import { ApplicationDefinition, OstlerError, type Application } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';
import type { ApplicationTables } from './tables.ts';

export interface ApplicationStore {
  list(): Promise<Application[]>;
  /** @throws OstlerError NOT_FOUND */
  get(id: string): Promise<Application>;
  /** @throws OstlerError ALREADY_EXISTS */
  add(definition: ApplicationDefinition): Promise<Application>;
  /** @throws OstlerError NOT_FOUND, ALREADY_EXISTS */
  update(id: string, definition: ApplicationDefinition): Promise<Application>;
  remove(id: string): Promise<void>;
}

type Row = ApplicationTables['applications'];

export function createApplicationStore({ sql }: Database, now: () => number): ApplicationStore {
  const get = async (id: string): Promise<Application> => {
    const row = await sql.selectFrom('applications').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'application', id });
    return toApplication(row);
  };
  const refuseTaken = async (name: string, exceptId: string): Promise<void> => {
    const row = await sql.selectFrom('applications').select('id').where('name', '=', name).where('id', '<>', exceptId).executeTakeFirst();
    if (row !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'application', name });
  };
  return {
    list: async () => (await sql.selectFrom('applications').selectAll().orderBy('name').execute()).map(toApplication),
    get,
    add: async (definition) => {
      const id = newId('application');
      await refuseTaken(definition.name, id);
      const times = { created_at: now(), updated_at: now() };
      await sql
        .insertInto('applications')
        .values({ id, name: definition.name, definition: JSON.stringify(definition), ...times })
        .execute();
      return get(id);
    },
    update: async (id, definition) => {
      await get(id);
      await refuseTaken(definition.name, id);
      const changed = { name: definition.name, definition: JSON.stringify(definition), updated_at: now() };
      await sql.updateTable('applications').set(changed).where('id', '=', id).execute();
      return get(id);
    },
    remove: async (id) => {
      await sql.deleteFrom('applications').where('id', '=', id).execute();
    },
  };
}

function toApplication({ id, definition, created_at: createdAt, updated_at: updatedAt }: Row): Application {
  const times = { createdAt: new Date(createdAt).toISOString(), updatedAt: new Date(updatedAt).toISOString() };
  return { id, ...ApplicationDefinition.parse(JSON.parse(definition)), ...times };
}
