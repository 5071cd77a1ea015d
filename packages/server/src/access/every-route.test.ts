/** Walks every route with every role, without a token and with a machine's key, against the table that was written down by hand. */
import { limitedBy, objectTypeOf, routes, streamRoutes, type Access, type RouteDefinition } from '@ostler/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anAccount, runApp, type RunningApp } from '../../test/running-app.ts';
import { limitedRoles, whoMayCall } from '../../test/who-may-call.ts';
import { issueKey } from '../agent-api/agent-keys.ts';
import { issueClientKey } from '../clients/store.ts';
import { insertDevice } from '../devices/store.ts';

interface Walked {
  readonly name: keyof typeof whoMayCall;
  readonly method: string;
  readonly path: string;
  readonly access: Access;
}
// Safe: the keys of the tables are the names of routes.
const all = [...Object.entries(routes), ...Object.entries(streamRoutes)].map(([name, { method, path, access }]) => ({
  name: name as Walked['name'],
  method,
  path,
  access: access as Access,
})) satisfies Walked[];

type Verdict = 'in' | 'sign in' | 'refused';

/** Nothing is done where the caller is let in: there is no such object, and a list is no body. */
async function call({ app }: RunningApp, { method, path }: Walked, token: string | null): Promise<Verdict> {
  const answer = await app.https.inject({
    method: method as 'GET',
    url: path
      .replaceAll(/:sha256\b/g, 'f'.repeat(64))
      .replaceAll(/:type\b/g, 'images')
      .replaceAll(/:\w+/g, 'nothing-1'),
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { payload: '[]' }),
  });
  if (answer.statusCode === 401) return 'sign in';
  if (answer.statusCode !== 403) return 'in';
  const { code } = answer.json<{ code: string }>();
  return code === 'PERMISSION_MISSING' || code === 'FORBIDDEN' ? 'refused' : 'in';
}

function expected(name: Walked['name'], role: string): Verdict {
  const who = whoMayCall[name];
  if (who === 'everybody' || who === 'signed in') return 'in';
  if (who === 'machines' || who === 'clients' || who === 'distribution points') return 'sign in';
  return role === 'full-administrator' || who.some((each) => each === role) ? 'in' : 'refused';
}

describe('every route', () => {
  let running: RunningApp;
  let admin: string;
  beforeAll(async () => {
    running = await runApp();
    admin = await running.signIn();
  });
  afterAll(async () => running[Symbol.asyncDispose]());

  it.each(['full-administrator', ...limitedRoles])('lets the role %s do what it is for, and nothing else', async (role) => {
    const { token } = await anAccount(running, admin, role, [{ roleId: role, scopeIds: null, collectionIds: null }]);
    const walked = all.filter(({ name }) => name !== 'accounts.logout');

    const verdicts: Record<string, Verdict> = {};
    for (const route of walked) verdicts[route.name] = await call(running, route, token);

    expect(verdicts).toEqual(Object.fromEntries(walked.map(({ name }) => [name, expected(name, role)])));
  });

  it('lets an account without a role see itself alone', async () => {
    const { token } = await anAccount(running, admin, 'nobody', []);
    const walked = all.filter(({ name }) => name !== 'accounts.logout');

    for (const route of walked) expect([route.name, await call(running, route, token)]).toEqual([route.name, expected(route.name, 'none')]);
  });

  it('asks whoever has no token, a wrong one, or that of a disabled account to sign in', async () => {
    const everything = [{ roleId: 'full-administrator', scopeIds: null, collectionIds: null }];
    const { token, account } = await anAccount(running, admin, 'disabled', everything);
    const headers = { authorization: `Bearer ${admin}` };
    const url = `/api/v1/accounts/${account.id}`;
    await running.app.https.inject({ method: 'PATCH', url, headers, payload: { disabled: true } });

    for (const route of all) {
      const verdict = whoMayCall[route.name] === 'everybody' ? 'in' : 'sign in';
      for (const each of [null, 'x'.repeat(43), token])
        expect([route.name, await call(running, route, each)]).toEqual([route.name, verdict]);
    }
  });

  it('lets a machine’s key do what is the machine’s, and nothing that is a person’s', async () => {
    const { database, now } = running.app.site;
    const machine = { name: 'pc-1', state: 'approved', macAddresses: [], smbiosUuid: null, lastSeenAtMs: null } as const;
    const key = await issueKey(database.sql, await insertDevice(database.sql, machine, now()), 'run-1', now());

    for (const route of all) {
      const who = whoMayCall[route.name];
      const verdict = await call(running, route, key);
      // What it is not let into is another run's, or not there.
      if (who === 'machines') expect([route.name, verdict]).not.toEqual([route.name, 'sign in']);
      else expect([route.name, verdict]).toEqual([route.name, who === 'everybody' ? 'in' : 'sign in']);
    }
  });

  it('lets a client’s key ask for policy, begin what is offered and fetch what coming runs need, and do nothing else', async () => {
    const { database, now } = running.app.site;
    const machine = { name: 'pc-2', state: 'approved', macAddresses: [], smbiosUuid: null, lastSeenAtMs: null } as const;
    const deviceId = await insertDevice(database.sql, machine, now());
    const key = await issueClientKey(database.sql, deviceId, 'token', now());

    // The last one ends the key.
    for (const route of all.toSorted((one, other) => Number(one.name === 'client.leave') - Number(other.name === 'client.leave'))) {
      const who = whoMayCall[route.name];
      const verdict = who === 'everybody' || who === 'clients' ? 'in' : 'sign in';
      expect([route.name, await call(running, route, key)]).toEqual([route.name, verdict]);
    }
  });

  it('says on which object its permission is needed, wherever a role can be limited', () => {
    const vague = Object.entries<RouteDefinition>({ ...routes }).filter(([, { path, access, answer }]) => {
      if (typeof access !== 'object' || limitedBy[objectTypeOf(access.permission)] === 'site') return false;
      if (limitedBy[objectTypeOf(access.permission)] === 'nothing') return false;
      const isList = 'shape' in answer && 'items' in (answer.shape as object) && !path.includes('/:');
      return (path.includes('/:id') && access.on === undefined) || (isList && access.items === undefined);
    });

    expect(vague.map(([name]) => name)).toEqual([]);
  });
});
