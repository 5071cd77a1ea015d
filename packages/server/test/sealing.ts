/** How the secrets of a test database are sealed: with a key that the test gives. */
import type { Database } from '../src/database/database.ts';
import { openSealing, type Sealing } from '../src/sealing/sealing.ts';
import { keyVariable, previousKeyVariable } from '../src/sealing/site-keys.ts';

/** Two keys for tests, as `OSTLER_SEALING_KEY` has them. */
export const aKey = Buffer.alloc(32, 1).toString('base64');
export const anotherKey = Buffer.alloc(32, 2).toString('base64');

export function aSealing(database: Database, key = aKey, previous = ''): Promise<Sealing> {
  const settings = { source: 'environment', credentialFile: null } as const;
  const environment = { [keyVariable]: key, [previousKeyVariable]: previous };
  return openSealing(database, { settings, keyFile: '/nonexistent/secrets.key', environment }, Date.now);
}
