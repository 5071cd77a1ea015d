import { X509Certificate } from 'node:crypto';
import type { ContentSources, SyncReport } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, deploymentSite, image, mac, someSha, type DeploymentSite } from '../../test/deployment-site.ts';
import { aCertificateRequest, addContent } from '../../test/distribution.ts';
import { explainSources } from './content-sources.ts';

const url = 'https://dp1.example:8443';

/** An enrolled distribution point; answers its id and its key. */
async function enrolled(site: DeploymentSite, name = 'Berlin', address = url) {
  const { id } = (await site.call('POST', '/distribution-points', { name, url: address })).body;
  const { token } = (await site.call('POST', `/distribution-points/${id}/ticket`)).body as unknown as { token: string };
  const body = { token, certificateRequest: await aCertificateRequest() };
  const { key } = (await site.call('POST', '/distribution-point/enrol', body, '')).body;
  return { id, key };
}

function aReport(...content: readonly Partial<SyncReport['content'][number]>[]): SyncReport {
  const piece = {
    sha256: someSha('5'),
    state: 'present',
    receivedBytes: 100,
    problem: null,
    verifiedAt: null,
    fetchOrder: 0,
    validateOrder: 0,
  } as const;
  return { freeBytes: 1000, content: content.map((changes) => ({ ...piece, ...changes })) };
}

describe.each(databases)('a distribution point on $dialect', ({ open }) => {
  it('enrols with its ticket once, and gets a certificate of the site for its name and its own key', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id } = (await site.call('POST', '/distribution-points', { name: 'Berlin', url: `${url}/` })).body;
    expect((await site.call('GET', `/distribution-points/${id}`)).body).toMatchObject({ state: 'waiting', url, content: { missing: 0 } });
    const ticket = (await site.call('POST', `/distribution-points/${id}/ticket`)).body as unknown as { token: string; caPem: string };
    const body = { token: ticket.token, certificateRequest: await aCertificateRequest() };

    const bad = await site.call('POST', '/distribution-point/enrol', { ...body, certificateRequest: 'x'.repeat(200) }, '');
    const first = await site.call('POST', '/distribution-point/enrol', body, '');
    const second = await site.call('POST', '/distribution-point/enrol', body, '');

    expect(bad.body.code).toBe('CERTIFICATE_REQUEST_INVALID');
    expect(first.status).toBe(200);
    expect(second.body.code).toBe('ENROLMENT_REFUSED');
    const certificate = new X509Certificate((first.body as unknown as { certificate: string }).certificate);
    expect(certificate.checkHost('dp1.example')).toBe('dp1.example');
    expect(certificate.verify(new X509Certificate(ticket.caPem).publicKey)).toBe(true);
    expect((await site.call('GET', `/distribution-points/${id}`)).body.state).toBe('healthy');
  });

  it('is refused with a ticket that is too old or was replaced', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id } = (await site.call('POST', '/distribution-points', { name: 'Berlin', url })).body;
    const ticket = async () => ((await site.call('POST', `/distribution-points/${id}/ticket`)).body as unknown as { token: string }).token;
    const [replaced, old] = [await ticket(), await ticket()];
    const certificateRequest = await aCertificateRequest();
    const codeOf = async (token: string) =>
      (await site.call('POST', '/distribution-point/enrol', { token, certificateRequest }, '')).body.code;

    expect(await codeOf(replaced)).toBe('ENROLMENT_REFUSED');
    site.clock.nowMs += 25 * 3_600_000;
    expect(await codeOf(old)).toBe('ENROLMENT_REFUSED');
  });

  it('hears what it should have, and the site knows what is there, missing and failed', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await addContent(test.database, { id: 'package-a', name: 'Tools', sha256: someSha('5'), sizeBytes: 100 });
    await addContent(test.database, { id: 'package-b', name: 'Fonts', sha256: someSha('6'), sizeBytes: 50 });
    const { id, key } = await enrolled(site);

    const empty = await site.call('POST', '/distribution-point/sync', aReport(), key);
    const report = aReport({}, { sha256: someSha('6'), state: 'failed', receivedBytes: 20, problem: 'there is no room' });
    await site.call('POST', '/distribution-point/sync', report, key);

    expect(empty.body).toMatchObject({ name: 'Berlin', content: [{ sha256: someSha('5'), sizeBytes: 100 }, { sha256: someSha('6') }] });
    expect((await site.call('GET', `/distribution-points/${id}`)).body).toMatchObject({
      freeBytes: 1000,
      content: { present: 1, missing: 0, failed: 1, missingBytes: 30 },
    });
    expect((await site.call('GET', `/distribution-points/${id}/content`)).body.items).toMatchObject([
      { state: 'present', objects: [{ kind: 'package', name: 'Tools' }] },
      { state: 'failed', problem: 'there is no room', objects: [{ name: 'Fonts' }] },
    ]);
    await site.call('POST', '/distribution-point/sync', aReport(), key);
    expect((await site.call('GET', `/distribution-points/${id}`)).body).toMatchObject({ content: { present: 0, missing: 2 } });
  });

  it('has what it was given where it does not get everything', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await addContent(test.database, { id: 'package-a', name: 'Tools', sha256: someSha('5'), sizeBytes: 100 });
    await addContent(test.database, { id: 'package-b', name: 'Fonts', sha256: someSha('6'), sizeBytes: 50 });
    const { id, key } = await enrolled(site);
    await site.call('PATCH', `/distribution-points/${id}`, { assignment: 'chosen' });
    const wanted = async () =>
      (await site.call('POST', '/distribution-point/sync', aReport(), key)).body as unknown as { content: unknown[] };

    expect((await wanted()).content).toEqual([]);
    const given = await site.call('PUT', `/distribution-points/${id}/chosen/package/package-b`);
    expect(given.body).toMatchObject({ chosen: [{ kind: 'package', name: 'Fonts' }] });
    expect((await wanted()).content).toMatchObject([{ sha256: someSha('6') }]);
    await site.call('DELETE', `/distribution-points/${id}/chosen/package/package-b`);
    expect((await wanted()).content).toEqual([]);
    expect((await site.call('PUT', `/distribution-points/${id}/chosen/package/package-none`)).body.code).toBe('NOT_FOUND');
  });

  it('counts content as missing from the order to pull it again until it has done so', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await addContent(test.database, { id: 'package-a', name: 'Tools', sha256: someSha('5'), sizeBytes: 100 });
    const { id, key } = await enrolled(site);
    const states = async (report: SyncReport) => {
      await site.call('POST', '/distribution-point/sync', report, key);
      return (await site.call('GET', `/distribution-points/${id}/content`)).body.items.map(({ state }) => state);
    };

    expect(await states(aReport({}))).toEqual(['present']);
    await site.call('POST', `/distribution-points/${id}/redistribute`, { sha256: someSha('5') });
    await site.call('POST', `/distribution-points/${id}/validate`, { sha256: null });
    expect(await states(aReport({}))).toEqual(['missing']);
    expect((await site.call('POST', '/distribution-point/sync', aReport({}), key)).body).toMatchObject({
      content: [{ fetchOrder: 1, validateOrder: 1 }],
    });
    expect(await states(aReport({ fetchOrder: 1 }))).toEqual(['present']);
    expect((await site.call('POST', `/distribution-points/${id}/redistribute`, { sha256: someSha('7') })).body.code).toBe('NOT_FOUND');
  });

  it('is named to computers of its groups, before neighbours’ and the site, while it is healthy', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await addContent(test.database, { id: 'package-a', name: 'Tools', sha256: someSha('5'), sizeBytes: 100 });
    const near = await enrolled(site);
    const far = await enrolled(site, 'Head office', 'https://dp2.example');
    const groupOf = async (name: string, pointId: string, addresses: string) => {
      const { id } = (await site.call('POST', '/boundary-groups', { name })).body;
      const boundary = (await site.call('POST', '/boundaries', { addresses })).body;
      await site.call('PUT', `/boundary-groups/${id}/boundaries/${boundary.id}`);
      await site.call('PUT', `/distribution-points/${pointId}/groups/${id}`);
      return id;
    };
    const branch = await groupOf('Branch', near.id, '10.1.0.0/16');
    const office = await groupOf('Office', far.id, '10.2.0.0/16');
    await site.call('PUT', `/boundary-groups/${branch}/neighbours/${office}`, { fallbackMinutes: 10 });
    const sources = async (sha256: string | null) => {
      const question = { address: '10.1.2.3', sha256, siteUrl: 'https://site.example', nowMs: site.clock.nowMs };
      const explained = await explainSources(test.database.sql, question);
      return [explained.sources.map(({ name }) => name), explained.leftOut.map(({ name, reason }) => `${name}: ${reason}`)];
    };

    expect(await sources(null)).toEqual([['Berlin', 'Head office', 'the site'], []]);
    await site.call('POST', '/distribution-point/sync', aReport({}), far.key);
    expect(await sources(someSha('5'))).toEqual([['Head office', 'the site'], ['Berlin: it does not have all of this content']]);
    await site.call('POST', `/distribution-points/${far.id}/revoke`);
    expect(await sources(someSha('5'))).toMatchObject([['the site'], [expect.any(String), 'Head office: it was revoked']]);
    site.clock.nowMs += 600_000;
    expect(await sources(null)).toMatchObject([['the site'], ['Berlin: it has not been heard of for some minutes', expect.any(String)]]);
    expect((await site.call('GET', `/boundary-groups/${branch}`)).body).toMatchObject({ distributionPoints: [{ name: 'Berlin' }] });
    await site.call('DELETE', `/distribution-points/${near.id}/groups/${branch}`);
    expect(await sources(null)).toMatchObject([['the site'], [expect.stringContaining('Head office')]]);
  });

  it('is one of the places where a package is, with what is missing and what uses it', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await addContent(test.database, { id: 'package-a', name: 'Tools', sha256: someSha('5'), sizeBytes: 100 });
    const near = await enrolled(site);
    const far = await enrolled(site, 'Munich', 'https://dp2.example');
    await site.call('POST', '/distribution-point/sync', aReport({}), near.key);
    await site.call('POST', '/distribution-point/sync', aReport({ state: 'missing', receivedBytes: 40 }), far.key);
    const other = await enrolled(site, 'Elsewhere', 'https://dp3.example');
    await site.call('PATCH', `/distribution-points/${other.id}`, { assignment: 'chosen' });

    expect((await site.call('GET', '/packages/package-a/distribution')).body).toMatchObject({
      object: { kind: 'package', name: 'Tools' },
      points: [
        { name: 'Berlin', pointState: 'healthy', state: 'present' },
        { name: 'Munich', state: 'missing', receivedBytes: 40 },
      ],
      missingBytes: 60,
      usedBy: [],
    });
    expect((await site.call('GET', '/images/package-a/distribution')).body.code).toBe('NOT_FOUND');
  });

  it('is named to a run with a token for what the run refers to, and for nothing else', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ trust: 'automatic' });
    const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
    const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
    await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
    const taskSequenceId = await site.addSequence('Install');
    await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required' });
    const { key, runId } = (await site.call('POST', '/agent/hello', aHello(), '')).body;
    await addContent(test.database, { id: 'package-a', name: 'Tools', sha256: image.content.sha256, sizeBytes: 10 });
    const point = await enrolled(site);
    await site.call('POST', '/distribution-point/sync', aReport({ sha256: image.content.sha256 }), point.key);
    const group = (await site.call('POST', '/boundary-groups', { name: 'Here' })).body;
    const boundary = (await site.call('POST', '/boundaries', { addresses: '127.0.0.0/8' })).body;
    await site.call('PUT', `/boundary-groups/${group.id}/boundaries/${boundary.id}`);
    await site.call('PUT', `/distribution-points/${point.id}/groups/${group.id}`);
    const ask = (sha256: string, token = key) => site.call('GET', `/agent/runs/${runId}/content-sources/${sha256}`, undefined, token);

    const { sources } = (await ask(image.content.sha256)).body as unknown as ContentSources;

    expect(sources).toMatchObject([
      { name: 'Berlin', url: `${url}/content/${image.content.sha256}` },
      { name: 'the site', url: `https://127.0.0.1:8443/api/v1/agent/content/${image.content.sha256}`, token: null },
    ]);
    const [claims = ''] = sources[0]?.token?.split('.') ?? [];
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      point: point.id,
      sha256: image.content.sha256,
      expiresAtMs: site.clock.nowMs + 900_000,
    });
    expect((await ask(someSha('6'))).body.code).toBe('CONTENT_NOT_FOUND');
    expect((await ask(image.content.sha256, point.key)).status).toBe(401);
    const elsewhere = await site.call('GET', `/agent/runs/run-other/content-sources/${image.content.sha256}`, undefined, key);
    expect(elsewhere.status).toBe(403);
  });

  it('gets nothing with a key that was revoked, replaced or deleted, nor what belongs to people or computers', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id, key } = await enrolled(site);
    const sync = async (token: string) => (await site.call('POST', '/distribution-point/sync', aReport(), token)).status;

    expect([await sync(key), await sync('admin'), await sync('')]).toEqual([200, 401, 401]);
    expect((await site.call('GET', '/distribution-points', undefined, key)).status).toBe(401);
    await site.call('POST', `/distribution-points/${id}/revoke`);
    expect(await sync(key)).toBe(401);
    const other = await enrolled(site, 'Munich', 'https://dp3.example');
    await site.call('DELETE', `/distribution-points/${other.id}`);
    expect(await sync(other.key)).toBe(401);
  });
});
