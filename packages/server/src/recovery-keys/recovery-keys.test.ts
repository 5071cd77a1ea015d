import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, deploymentSite, mac, type DeploymentSite } from '../../test/deployment-site.ts';
import { everyRight } from '../access/rights.ts';
import { aSealing } from '../../test/sealing.ts';
import { recoveryKeyHandlers } from './handlers.ts';
import { addRecoveryKey } from './store.ts';

const volumeId = '11111111-2222-4333-8444-555555555555';
const escrowed = { volumeId, mountPoint: '/', key: 'cbdefghi-jklnrtuv' };

/** A machine in its run, with the key that it speaks with. */
async function aRun(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
  const taskSequenceId = await site.addSequence('Encrypt');
  await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required' });
  const { key, runId } = (await site.call('POST', '/agent/hello', aHello(), '')).body;
  return { deviceId: device.id, key, path: `/agent/runs/${runId}/recovery-keys` };
}

describe.each(databases)('recovery keys on $dialect', ({ open }) => {
  it('come from the machine’s own run, are listed without the key, and shown to an administrator', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deviceId, key, path } = await aRun(site);

    expect(await site.call('POST', path, escrowed, key)).toMatchObject({ status: 200, body: { ok: true } });
    expect((await site.call('POST', path.replace(/run-\w+/, 'run-other'), escrowed, key)).status).toBe(403);

    const listed = (await site.call('GET', `/recovery-keys?deviceId=${deviceId}`)).body;
    expect(listed.items).toMatchObject([{ deviceName: 'lab-1', volumeId, mountPoint: '/' }]);
    expect(JSON.stringify(listed)).not.toContain(escrowed.key);
    const id = listed.items[0]?.id ?? '';
    expect((await site.call('POST', `/recovery-keys/${id}/reveal`)).body).toMatchObject({ key: escrowed.key });
    expect((await site.call('POST', `/recovery-keys/${id}/reveal`, undefined, key)).status).toBe(401);
  });

  it('are found by the volume’s id after their device has been forgotten, the newest first', async () => {
    await using test = await open();
    const { seal } = await aSealing(test.database);
    const origin = { deviceId: 'device-gone', deviceName: 'old-pc', runId: 'run-1' };
    await addRecoveryKey(test.database.sql, escrowed, { ...origin, nowMs: 1000 }, seal);
    await addRecoveryKey(test.database.sql, { ...escrowed, key: 'newer-key' }, { ...origin, nowMs: 2000 }, seal);
    const stored = await test.database.sql.selectFrom('recovery_keys').select('key').execute();
    expect(JSON.stringify(stored)).not.toContain('newer-key');
    const lines: string[] = [];
    const log = pino(new Writable({ write: (chunk: Buffer, _encoding, done) => (lines.push(chunk.toString()), done()) }));
    const handlers = recoveryKeyHandlers({ database: test.database, seal, now: () => 3000 });
    const caller = {
      kind: 'person',
      accountId: 'a',
      name: 'alice',
      credential: { kind: 'token', id: 't' },
      mustChangePassword: false,
      mustSetSecondFactor: false,
      rights: everyRight,
    } as const;
    const context = { caller, remoteAddress: '::1', log, signal: AbortSignal.timeout(5000) };

    const { items } = await handlers['recoveryKeys.list']({ params: undefined, query: { volumeId }, body: undefined }, context);
    const [newest] = items;
    const shown = await handlers['recoveryKeys.reveal']({ params: { id: newest?.id ?? '' }, query: undefined, body: undefined }, context);

    expect(items).toHaveLength(2);
    expect(shown.key).toBe('newer-key');
    expect(JSON.parse(lines.at(-1) ?? '{}')).toMatchObject({
      msg: 'recovery key shown',
      accountName: 'alice',
      deviceName: 'old-pc',
      volumeId,
    });
    expect(lines.join('')).not.toContain('newer-key');
  });
});
