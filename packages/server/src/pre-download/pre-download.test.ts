import type { ClientPolicy, DeploymentStatus } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, aSequence, deploymentSite, image, mac, someSha, uuid, type DeploymentSite } from '../../test/deployment-site.ts';

const saved = { savedBy: 'ada', comment: '' };
const hourMs = 3_600_000;

function contents(digit: string) {
  return { fileName: `setup-${digit}.sh`, content: { sha256: someSha(digit), sizeBytes: 30 }, programs: [] };
}

/** Computers with clients in a collection, and a package `Setup` whose content is called 5. */
async function aSite(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic', clientCacheBytes: 1000 });
  const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
  const { id: packageId } = await site.packages.add({ name: 'Setup', kind: 'script', ...contents('5') }, saved);
  const steps = [{ type: 'install-package', name: 'Setup', options: { packageId } }];
  const taskSequenceId = await site.addSequence('Software', { startsIn: 'installed-os', steps });
  const enrol = async (name: string, machine: { readonly mac: string; readonly uuid: string | null }) => {
    const { id } = (await site.call('POST', '/devices', { name, macAddresses: [machine.mac] })).body;
    await site.call('PUT', `/collections/${collection.id}/members/${id}`);
    const { facts, claim } = aHello(machine);
    const { key } = (await site.call('POST', '/client/enrol', { facts, claim, computerName: name }, '')).body;
    const poll = async () => (await site.call('POST', '/client/poll', undefined, key)).body as unknown as ClientPolicy;
    const sources = async (sha256: string) => (await site.call('GET', `/client/content-sources/${sha256}`, undefined, key)).status;
    const report = (...preDownloads: object[]) => site.call('PUT', '/client/content', { preDownloads }, key);
    const mayRead = (sha256: string) => site.features.answers.mayRead({ kind: 'client', deviceId: id, lastPollAtMs: null }, sha256);
    return { id, key, poll, sources, report, mayRead };
  };
  const deploy = async (body: object) =>
    (
      await site.call('POST', '/deployments', {
        taskSequenceId,
        collectionId: collection.id,
        purpose: 'available',
        preDownload: true,
        ...body,
      })
    ).body;
  const status = async (id: string) =>
    ((await site.call('GET', `/deployments/${id}/status`)).body as unknown as DeploymentStatus).preDownload;
  return { collectionId: collection.id, packageId, enrol, deploy, status };
}

const first = { mac, uuid };
const second = { mac: '52:54:00:12:34:57', uuid: null };

function dueIn(site: DeploymentSite, ms: number) {
  return { purpose: 'required', schedule: { deadlineAt: new Date(site.clock.nowMs + ms).toISOString().slice(0, 16) } };
}

async function endRun(site: DeploymentSite, { runId, key }: { readonly runId: string; readonly key: string }) {
  await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ result: 'succeeded', environment: 'installed-os' }), key);
  await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
}

describe.each(databases)('content that is fetched before the run, on $dialect', ({ open }) => {
  it('is named and opened to clients that wait for their run, with half of the time to spread over, and to nobody else', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { enrol, deploy } = await aSite(site);
    const client = await enrol('lab-1', first);
    const before = await client.poll();
    const later = await deploy(dueIn(site, 10 * hourMs));
    const soon = await deploy(dueIn(site, hourMs));

    const { preDownloads, cacheLimitBytes, run } = await client.poll();

    expect([before.preDownloads, run, cacheLimitBytes]).toEqual([[], null, 1000]);
    const content = [{ sha256: someSha('5'), sizeBytes: 30 }];
    expect(preDownloads).toMatchObject([
      { deploymentId: soon.id, content, fetch: true, startWithinSeconds: 1800 },
      { deploymentId: later.id, content, fetch: true, startWithinSeconds: 3600 },
    ]);
    expect([await client.sources(someSha('5')), await client.mayRead(someSha('5'))]).toEqual([200, true]);
    expect([await client.sources(image.content.sha256), await client.mayRead(image.content.sha256)]).toEqual([404, false]);
    expect((await site.call('GET', `/client/content-sources/${someSha('5')}`)).status).toBe(401);
  });

  it('is closed and not named any more once the run has begun, and where the run begins the site forgets how far it was', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { enrol, deploy, status } = await aSite(site);
    const client = await enrol('lab-1', first);
    const { id } = await deploy(dueIn(site, hourMs));
    const [wanted] = (await client.poll()).preDownloads;
    await client.report({ deploymentId: id, contentHash: wanted?.contentHash, receivedBytes: 30, problem: null });
    expect(await status(id)).toMatchObject({ completeCount: 1 });

    site.clock.nowMs += hourMs;
    const { run, preDownloads } = await client.poll();
    const atBegin = await status(id);
    await endRun(site, run!);

    expect([preDownloads, atBegin?.completeCount, atBegin?.devices]).toEqual([[], 0, []]);
    expect((await client.poll()).preDownloads).toEqual([]);
    expect(await client.mayRead(someSha('5'))).toBe(false);
  });

  it('stays where its deployment is paused, without being opened, and goes with the deployment, the option and the key', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { enrol, deploy, status } = await aSite(site);
    const client = await enrol('lab-1', first);
    const { id } = await deploy({ purpose: 'available' });
    const ask = async () => [(await client.poll()).preDownloads.map(({ fetch }) => fetch), await client.mayRead(someSha('5'))];
    const atFirst = await ask();

    await site.call('POST', `/deployments/${id}/pause`, {});
    const paused = await ask();
    await site.call('POST', `/deployments/${id}/resume`);
    await site.call('PATCH', `/deployments/${id}`, { preDownload: false });
    const off = [...(await ask()), await status(id)];
    await site.call('PATCH', `/deployments/${id}`, { preDownload: true });
    const on = await ask();
    await site.call('PATCH', `/devices/${client.id}`, { state: 'blocked' });

    expect([atFirst, paused, off, on]).toEqual([
      [[true], true],
      [[false], false],
      [[], false, null],
      [[true], true],
    ]);
    expect(await client.sources(someSha('5'))).toBe(401);
  });

  it('is refused where it would be fetched for nothing: for network boot alone, and where the disk is cleared', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deploy, enrol } = await aSite(site);
    const client = await enrol('lab-1', first);
    const destination = { kind: 'disk-partition', disk: 0, partition: 2 };
    const refresh = [{ type: 'apply-operating-system-image', name: 'Apply', options: { imageId: image.id, destination } }];
    const install = await site.addSequence('Install', { steps: aSequence('Install').steps });
    const keeping = await site.addSequence('Refresh', { steps: refresh });
    const toClients = { availableTo: 'clients-media-and-network-boot', ...dueIn(site, hourMs) };

    const refused = [await deploy({ taskSequenceId: keeping }), await deploy({ taskSequenceId: install, ...toClients })];
    const plain = await deploy({ taskSequenceId: keeping, preDownload: false });
    const changed = await site.call('PATCH', `/deployments/${plain.id}`, { preDownload: true });
    const made = await deploy({ taskSequenceId: keeping, ...toClients });

    expect(refused.map(({ code }) => code)).toEqual(['PRE_DOWNLOAD_USELESS', 'PRE_DOWNLOAD_USELESS']);
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringContaining('not made available to clients'),
      expect.stringContaining('its step Disk clears the disk'),
    ]);
    expect([changed.status, changed.body.code]).toEqual([422, 'PRE_DOWNLOAD_USELESS']);
    expect((await client.poll()).preDownloads).toMatchObject([{ deploymentId: made.id, content: [image.content] }]);
  });

  it('is counted as computers tell of it, as long as it is the content of the deployment', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { enrol, deploy, status, packageId } = await aSite(site);
    const [one, other] = [await enrol('lab-1', first), await enrol('lab-2', second)];
    const { id } = await deploy(dueIn(site, hourMs));
    const { contentHash = '' } = (await one.poll()).preDownloads[0] ?? {};
    const said = { deploymentId: id, contentHash };

    await one.report(
      { ...said, receivedBytes: 30, problem: null },
      { ...said, deploymentId: 'deployment-gone', receivedBytes: 1, problem: null },
    );
    await other.report({ ...said, receivedBytes: 10, problem: 'no\0room' });

    const both = await status(id);
    expect(both).toMatchObject({ totalBytes: 30, completeCount: 1, begunCount: 1, problemCount: 1 });
    expect(both?.devices.map(({ deviceId, receivedBytes, problem }) => [deviceId, receivedBytes, problem])).toEqual(
      expect.arrayContaining([
        [one.id, 30, null],
        [other.id, 10, 'noroom'],
      ]),
    );
    await other.report();
    expect(await status(id)).toMatchObject({ completeCount: 1, begunCount: 0, problemCount: 0 });

    await site.packages.addVersion(packageId, contents('6'), saved);
    site.clock.nowMs += 11_000;
    expect(await status(id)).toMatchObject({ completeCount: 0, devices: [] });
    expect((await one.poll()).preDownloads).toMatchObject([{ content: [{ sha256: someSha('6') }] }]);
    expect([await one.mayRead(someSha('5')), await one.mayRead(someSha('6'))]).toEqual([false, true]);
  });
});
