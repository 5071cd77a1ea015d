import { CreateIdentityProvider } from '@ostler/contract';
import { sql as raw } from 'kysely';
import { describe, expect, it } from 'vitest';
import { databases, silentLog } from '../../test/databases.ts';
import { aHello, deploymentSite, mac, type DeploymentSite } from '../../test/deployment-site.ts';
import { aKey, anotherKey, aSealing } from '../../test/sealing.ts';
import { connectDatabase } from '../database/connect.ts';
import type { Database } from '../database/database.ts';
import { keepSignIn } from '../identity-providers/begun-sign-ins.ts';
import { createProvider, findProvider } from '../identity-providers/store.ts';
import { readVariables, setVariable, type VariableOwner } from '../devices/variables-store.ts';
import { addOrder } from '../runs/debug-orders-store.ts';
import { getRunRow } from '../runs/store.ts';
import { openMailServer, setMailServer } from '../mail/server-store.ts';
import { createWebhook, rotateSecret, targetOf } from '../webhooks/store.ts';
import { sealWith } from './cipher.ts';
import { rotateSealingKey } from './rotate.ts';
import { sealedColumns } from './sealed-columns.ts';
import type { Sealing } from './sealing.ts';

const ofTheApp = 'account/account-1/second-factor';
const diskKey = 'cbdefghi-jklnrtuv';
const lab: VariableOwner = { kind: 'collection', id: 'all-systems' };

const currentId = async ({ keys, database }: Sealing): Promise<string> => (await keys.current(database.sql)).id;
const work = () => ({ signal: AbortSignal.timeout(25_000), report: () => undefined });
const rotate = async (sealing: Sealing) => rotateSealingKey(await currentId(sealing), sealing, work());

/** What the database holds of sealed values: `table.column` of each. */
async function sealedPlaces({ sql }: Database): Promise<Record<string, string[]>> {
  const places: Record<string, string[]> = {};
  for (const { name, columns } of await sql.introspection.getTables()) {
    for (const column of columns) {
      const { rows } = await raw<{ value: unknown }>`select ${raw.ref(column.name)} as value from ${raw.table(name)}`.execute(sql);
      const values = rows.map(({ value }) => String(value)).filter((value) => /^sealing-key-\w+\.[\w+/=]+$/.test(value));
      if (values.length > 0) places[`${name}.${column.name}`] = values;
    }
  }
  return places;
}

/** Something sealed in every place where something can be. */
async function sealEverything(site: DeploymentSite) {
  const { database, sealing } = site;
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
  await site.call('PUT', `/collections/${collection.id}/variables/JoinPassword`, { value: 'of the collection', secret: true });
  await site.call('PUT', `/devices/${device.id}/variables/AdminPassword`, { value: 'of the device', secret: true });
  const taskSequenceId = await site.addSequence('Deploy');
  await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required' });
  const { key, runId } = (await site.call('POST', '/agent/hello', aHello(), '')).body;
  const path = `/agent/runs/${runId}`;
  await site.call(
    'POST',
    `${path}/recovery-keys`,
    { volumeId: '11111111-2222-4333-8444-555555555555', mountPoint: '/', key: diskKey },
    key,
  );
  await site.call('POST', `${path}/state-stores`, { purpose: 'capture' }, key);
  await addOrder(database.sql, runId, { number: 1, command: { command: 'stop' } }, sealing.seal);
  await database.sql.updateTable('runs').set({ debug_orders: 1 }).where('id', '=', runId).execute();
  await database.sql.transaction().execute(async (transaction) => {
    const webhook = { name: 'Tickets', url: 'https://tickets.example/', events: null, collectionIds: null, enabled: true };
    const options = { secret: 'first', seal: sealing.seal, nowMs: site.clock.nowMs };
    const { id } = await createWebhook(transaction, { ...webhook, secret: 'first' }, options);
    await rotateSecret(transaction, id, { ...options, secret: 'second' });
    const mailServer = { host: 'smtp.example', port: 587, security: 'starttls', account: 'ostler', sender: 'ostler@example.org' } as const;
    await setMailServer(transaction, { ...mailServer, password: 'of the mail server' }, sealing.seal);
    const account = { id: 'account-1', name: 'maria', password_hash: '', must_change_password: 0, disabled: 0, created_at: 0 } as const;
    await transaction.insertInto('accounts').values(account).execute();
    const factor = { account_id: account.id, created_at: 0, confirmed_at: null, last_step: 0 };
    const sealed = await sealing.seal.seal(transaction, 'of the app', ofTheApp);
    await transaction
      .insertInto('second_factors')
      .values({ ...factor, sealed_secret: sealed })
      .execute();
  });
  await sealProvider(site);
  return { key, path, runId };
}

async function sealProvider({ database: { sql }, sealing: { seal } }: DeploymentSite): Promise<void> {
  const asked = { name: 'corp', issuer: 'https://id.example', clientId: 'ostler', clientSecret: 'of the provider' };
  const sources = { seal, redirectUri: () => 'https://site.example/return' };
  const provider = await sql.transaction().execute((transaction) => {
    return createProvider(transaction, CreateIdentityProvider.parse(asked), sources, 0);
  });
  const begun = { state: 's', providerId: provider.id, returnTo: 'http://127.0.0.1:9/', challenge: 'c', expiresAtMs: 1 };
  await keepSignIn(sql, { ...begun, checks: { nonce: 'of the sign-in', codeVerifier: 'v' } }, seal, 0);
}

/** What the run and people can still read, through the API. */
async function readEverything(site: DeploymentSite, { key, path }: { readonly key: string; readonly path: string }) {
  const { seal } = site.sealing;
  const { sql } = site.database;
  const factor = await sql.selectFrom('second_factors').selectAll().executeTakeFirstOrThrow();
  const begun = await sql.selectFrom('provider_sign_ins').selectAll().executeTakeFirstOrThrow();
  const recovery = (await site.call('GET', '/recovery-keys')).body.items[0]?.id ?? '';
  const store = (await site.call('POST', `${path}/state-stores`, { purpose: 'capture' }, key)).body.id;
  return {
    variables: [
      (await site.call('POST', `${path}/secrets/JoinPassword`, undefined, key)).body.value,
      (await site.call('POST', `${path}/secrets/AdminPassword`, undefined, key)).body.value,
    ],
    journal: (await site.call('GET', path, undefined, key)).body.sealingKey,
    disk: (await site.call('POST', `/recovery-keys/${recovery}/reveal`)).body.key,
    store: (await site.call('POST', `${path}/state-stores/${store}/open`, undefined, key)).body.key,
    webhook: await targetOf(
      sql,
      (await sql.selectFrom('webhooks').selectAll().executeTakeFirstOrThrow()).subscription_id,
      seal,
      site.clock.nowMs,
    ),
    mail: (await openMailServer(sql, seal)).password,
    factor: await seal.open(sql, factor.sealed_secret, ofTheApp),
    provider: (await findProvider(sql, { name: 'corp' }, seal)).clientSecret,
    signIn: await seal.open(sql, begun.sealed_checks, `provider-sign-in/${begun.state_hash}`),
    orders: (await site.call('POST', `${path}/status`, { messages: [], progress: null }, key)).body,
  };
}

async function addVariables({ database, seal }: Sealing, count: number): Promise<void> {
  await database.sql.transaction().execute(async (transaction) => {
    for (let number = 0; number < count; number += 1) {
      await setVariable(transaction, lab, { name: `v${number}`, value: `value ${number}`, secret: true }, seal);
    }
  });
}

async function openVariables({ database: { sql }, seal }: Sealing): Promise<string[]> {
  return Promise.all((await readVariables(sql, lab, seal)).map(({ open }) => open()));
}

describe.each(databases)('a rotation of the sealing key on $dialect', ({ open }) => {
  it('seals again whatever is sealed anywhere in the database, and then the old key is gone', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { sealing } = site;
    const run = await sealEverything(site);
    const before = { read: await readEverything(site, run), places: await sealedPlaces(test.database), key: await currentId(sealing) };

    const { resealed } = await rotate(sealing);

    const places = await sealedPlaces(test.database);
    const inTable = sealedColumns.map(({ table, column }) => `${table}.${column}`).toSorted();
    expect(Object.keys(before.places).toSorted()).toEqual(inTable);
    expect(Object.keys(places).toSorted()).toEqual(inTable);
    expect(resealed).toBe(Object.values(before.places).flat().length);
    const key = await currentId(sealing);
    expect(key).not.toBe(before.key);
    expect(
      Object.values(places)
        .flat()
        .every((value) => value.startsWith(`${key}.`)),
    ).toBe(true);
    expect(await test.database.sql.selectFrom('sealing_keys').select('id').execute()).toEqual([{ id: key }]);
    expect(await readEverything(site, run)).toEqual(before.read);
    expect(before.read).toMatchObject({
      variables: ['of the collection', 'of the device'],
      disk: diskKey,
      webhook: { secrets: ['second', 'first'] },
      mail: 'of the mail server',
      factor: 'of the app',
      provider: 'of the provider',
    });
    expect(before.read.orders).toMatchObject({ debugOrders: [{ number: 1 }] });
    expect((await getRunRow(test.database.sql, run.runId)).state).toBe('running');
  });

  it('that is cut off loses nothing, and goes on after a restart', async () => {
    await using test = await open();
    const before = await aSealing(test.database);
    await addVariables(before, 450);
    const from = await currentId(before);
    const cut = new AbortController();
    const cutInTheMiddle = { signal: cut.signal, report: ({ done }: { done: number }) => done > 0 && done < 100 && cut.abort() };
    await expect(rotateSealingKey(from, before, cutInTheMiddle)).rejects.toThrow('aborted');

    const after = await aSealing(test.database);
    const inTheMiddle = Object.values(await sealedPlaces(test.database)).flat();
    const read = await openVariables(after);
    await rotateSealingKey(from, after, work());

    expect(inTheMiddle.filter((value) => value.startsWith(`${from}.`)).length).toBeGreaterThan(0);
    expect(inTheMiddle.filter((value) => value.startsWith(`${from}.`)).length).toBeLessThan(450);
    expect(read).toContain('value 449');
    expect(await openVariables(after)).toEqual(read);
    expect(await test.database.sql.selectFrom('sealing_keys').selectAll().execute()).toHaveLength(1);
  });

  it('takes the site over to another key: both are given until it has ended, and the old one is not needed then', async () => {
    await using test = await open();
    await addVariables(await aSealing(test.database), 3);

    await expect(aSealing(test.database, anotherKey)).rejects.toMatchObject({ code: 'SEALING_KEY_MISSING' });
    await expect(aSealing(test.database, anotherKey)).rejects.toThrow('Secrets of this site (3 variables) are sealed under the key');
    const both = await aSealing(test.database, anotherKey, aKey);
    expect(await openVariables(both)).toContain('value 2');
    await rotate(both);

    expect(await openVariables(await aSealing(test.database, anotherKey))).toContain('value 2');
    await expect(aSealing(test.database)).rejects.toMatchObject({ code: 'SEALING_KEY_MISSING' });
  });

  it('takes up what was sealed before there were keys in the database', async () => {
    await using test = await open();
    const sealing = await aSealing(test.database);
    await addVariables(sealing, 1);
    const value = sealWith(Buffer.from(aKey, 'base64'), 'old', 'collection/all-systems/v0');
    await test.database.sql.updateTable('variables').set({ value }).execute();

    expect(await rotate(sealing)).toEqual({ resealed: 1 });

    expect(await openVariables(sealing)).toEqual(['old']);
  });

  it('names what cannot be opened, and keeps the old key', async () => {
    await using test = await open();
    const sealing = await aSealing(test.database);
    await addVariables(sealing, 2);
    const [row] = await test.database.sql.selectFrom('variables').select('value').where('name_key', '=', 'v0').execute();
    await test.database.sql
      .updateTable('variables')
      .set({ value: row?.value ?? '' })
      .where('name_key', '=', 'v1')
      .execute();

    await expect(rotate(sealing)).rejects.toThrow('A secret value of collection/all-systems/v1 cannot be opened');

    expect(await test.database.sql.selectFrom('sealing_keys').selectAll().execute()).toHaveLength(2);
    expect((await readVariables(test.database.sql, lab, sealing.seal)).map(({ name }) => name)).toEqual(['v0', 'v1']);
  });
});

describe.each(databases.filter(({ dialect }) => dialect === 'postgres'))('two servers on one PostgreSQL', ({ open }) => {
  it('seal and open on while one of them rotates the key, and nothing stays behind', async () => {
    await using test = await open();
    const second = await connectDatabase(test.location, silentLog);
    await using _closed = { [Symbol.asyncDispose]: () => second.close() };
    const [rotating, other] = [await aSealing(test.database), await aSealing(second)];
    await addVariables(rotating, 60);
    const slowTransaction = Promise.withResolvers<undefined>();
    const isSealed = Promise.withResolvers<undefined>();
    const slow = second.sql.transaction().execute(async (transaction) => {
      await setVariable(transaction, lab, { name: 'slow', value: 'sealed before', secret: true }, other.seal);
      isSealed.resolve(undefined);
      await slowTransaction.promise;
    });
    await isSealed.promise;

    const rotation = rotate(rotating);
    const meanwhile: string[] = [];
    const writing = (async () => {
      for (let number = 0; number < 20; number += 1) {
        if (number === 10) slowTransaction.resolve(undefined);
        const name = `w${number}`;
        await second.sql
          .transaction()
          .execute((transaction) => setVariable(transaction, lab, { name, value: name, secret: true }, other.seal));
        meanwhile.push(...(await openVariables(other)));
      }
    })();
    await Promise.all([slow, rotation, writing]);

    const values = await openVariables(await aSealing(second));
    expect(values).toHaveLength(81);
    expect(values).toEqual(expect.arrayContaining(['sealed before', 'w19', 'value 59']));
    expect(await openVariables(other)).toEqual(values);
    expect(meanwhile).toContain('value 59');
    expect(await test.database.sql.selectFrom('sealing_keys').selectAll().execute()).toHaveLength(1);
  });

  it('start for the first time together with one key', async () => {
    await using test = await open();

    const both = await Promise.all([aSealing(test.database), aSealing(test.database)]);

    expect(new Set(await Promise.all(both.map(currentId))).size).toBe(1);
  });
});
