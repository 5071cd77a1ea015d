/** A whole site with something of most kinds in it, and who may call it: for requests that nobody would send on purpose. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@ostler/testkit';
import { addRecoveryKey } from '../src/recovery-keys/store.ts';
import { issueKey } from '../src/agent-api/agent-keys.ts';
import { beginRun } from '../src/runs/store.ts';
import { aSequence, mac } from './deployment-site.ts';
import { anAccount, runApp, type RunningApp } from './running-app.ts';

/** Nothing that a request makes the site fetch leaves this computer. */
const nowhere = 'http://127.0.0.1:9';

export interface FuzzedSite extends AsyncDisposable {
  readonly running: RunningApp;
  readonly ids: readonly string[];
  /** Where requests may make the server write. */
  readonly folder: string;
  /** What no answer may hold. */
  readonly secrets: readonly string[];
  readonly tokens: {
    readonly administrator: () => Promise<string>;
    readonly limited: () => Promise<string>;
    /** A key of a computer in its run; the one before ends. */
    readonly machine: () => Promise<string>;
  };
}

export async function fuzzedSite(databaseUrl: string | null): Promise<FuzzedSite> {
  await using cleanUp = new AsyncDisposableStack();
  const folder = join(cleanUp.use(await temporaryDirectory()).path, 'given');
  await mkdir(folder);
  const flags = ['--debian-mirror', `${nowhere}/debian`, ...(databaseUrl === null ? [] : ['--database-url', databaseUrl])];
  const running = cleanUp.use(await runApp(...flags));
  const session = await running.signIn();
  const call = async (method: 'POST' | 'PUT', path: string, payload?: object) => {
    const headers = { authorization: `Bearer ${session}` };
    const answer = await running.app.https.inject({
      method,
      url: `/api/v1${path}`,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.body}`);
    return answer.json<{ id: string; token: string }>();
  };
  const { id: deviceId } = await call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] });
  const { id: machineId } = await call('POST', '/devices', { name: 'lab-2', macAddresses: ['52:54:00:12:34:57'] });
  const { id: collectionId } = await call('POST', '/collections', { name: 'Lab' });
  await call('PUT', `/collections/${collectionId}/members/${deviceId}`);
  const { id: taskSequenceId } = await call('POST', '/task-sequences', { ...aSequence('Deploy'), steps: [] });
  const { id: deploymentId } = await call('POST', '/deployments', { taskSequenceId, collectionId, purpose: 'available' });
  const secret = `secret-${randomBytes(12).toString('hex')}`;
  await call('PUT', `/devices/${deviceId}/variables/Password`, { value: secret, secret: true });
  const { database, sealing, now } = running.app.site;
  const runId = await database.sql.transaction().execute(async (transaction) => {
    const deployment = await transaction.selectFrom('deployments').selectAll().executeTakeFirstOrThrow();
    const run = await beginRun(transaction, deployment, { id: machineId, name: 'lab-2' }, { seal: sealing.seal, nowMs: now() });
    const origin = { deviceId, deviceName: 'lab-1', runId: run.id, nowMs: now() };
    const escrowed = { volumeId: '11111111-2222-4333-8444-555555555555', mountPoint: '/', key: `${secret}-disk` };
    await addRecoveryKey(transaction, escrowed, origin, sealing.seal);
    return run.id;
  });
  const { token: administrator } = await call('POST', '/tokens', { name: 'fuzz', expiresInDays: 1 });
  const limited = await anAccount(running, session, 'limited', [{ roleId: 'operator', scopeIds: null, collectionIds: [collectionId] }]);
  const owned = cleanUp.move();
  return {
    running,
    ids: [deviceId, collectionId, taskSequenceId, deploymentId, runId],
    folder,
    secrets: [secret, administrator, session, limited.token, running.config.dataDirectory],
    tokens: {
      administrator: () => Promise.resolve(administrator),
      limited: () => Promise.resolve(limited.token),
      machine: () => issueKey(database.sql, machineId, runId, now()),
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
