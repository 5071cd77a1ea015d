import { describe, expect, it } from 'vitest';
import { databases } from '../../../test/databases.ts';
import { deploymentSite, mac, type DeploymentSite } from '../../../test/deployment-site.ts';

const anna = String.raw`CORP\anna`;

async function aDevice(site: DeploymentSite, name = 'PC-1', macAddress = mac): Promise<string> {
  return (await site.call('POST', '/devices', { name, macAddresses: [macAddress] })).body.id;
}
const usersOf = async (site: DeploymentSite, id: string) => (await site.call('GET', `/devices/${id}/users`)).body.items;
const namesOf = async (site: DeploymentSite, query: string) => {
  const { items } = (await site.call('GET', `/devices?${query}`)).body;
  return (items as unknown as { name: string }[]).map(({ name }) => name);
};
const inPath = (user: string): string => encodeURIComponent(user);

describe.each(databases)('the users of devices on $dialect', ({ open }) => {
  it('are named by people, once without regard to case, and go with the device', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const id = await aDevice(site);

    expect((await site.call('POST', `/devices/${id}/users`, { user: ` ${anna} ` })).body).toMatchObject({
      user: anna,
      deviceName: 'PC-1',
      state: 'confirmed',
      source: 'administrator',
      runId: null,
      approvedBy: null,
      namedAt: '2026-11-22T10:00:00.000Z',
    });
    await site.call('POST', `/devices/${id}/users`, { user: anna.toUpperCase() });
    await site.call('POST', `/devices/${id}/users`, { user: 'ben@example.org' });
    expect(await usersOf(site, id)).toMatchObject([{ user: 'ben@example.org' }, { user: anna }]);
    expect((await site.call('GET', `/devices/${id}`)).body).toMatchObject({ users: ['ben@example.org', anna] });
    for (const user of ['', '..', 'a, b', 'a;b']) expect((await site.call('POST', `/devices/${id}/users`, { user })).status).toBe(400);

    expect((await site.call('DELETE', `/devices/${id}/users/${inPath(anna.toLowerCase())}`)).status).toBe(200);
    expect((await site.call('DELETE', `/devices/${id}/users/${inPath(anna)}`)).body.code).toBe('NOT_FOUND');
    await site.call('DELETE', `/devices/${id}`);
    expect((await site.call('GET', '/device-users')).body.items).toEqual([]);
  });

  it('are what a device is found by, and what the queries of collections ask, at once', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const id = await aDevice(site);
    await aDevice(site, 'PC-2', '52:54:00:00:00:02');
    const body = { name: 'Of Anna', rules: [{ kind: 'query', query: String.raw`users.exists(user, user == r"CORP\anna")` }] };
    const collectionId = (await site.call('POST', '/collections', body)).body.id;
    const members = async () => (await site.call('GET', `/collections/${collectionId}`)).body as unknown as { memberCount: number };
    expect((await members()).memberCount).toBe(0);

    await site.call('POST', `/devices/${id}/users`, { user: anna });

    expect((await members()).memberCount).toBe(1);
    expect(await namesOf(site, `search=${inPath(String.raw`corp\AN`)}`)).toEqual(['PC-1']);
    expect(await namesOf(site, `user=${inPath(anna.toUpperCase())}`)).toEqual(['PC-1']);
    expect(await namesOf(site, 'user=anna')).toEqual([]);
    await site.call('DELETE', `/devices/${id}/users/${inPath(anna)}`);
    expect((await members()).memberCount).toBe(0);
    expect(await namesOf(site, 'search=anna')).toEqual([]);
  });

  it('come from a column of a CSV, several in a cell', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const csv = `Name;MAC;Primary users\nPC-1;${mac};"${anna}; Ben Doe | ben@example.org"`;

    expect((await site.call('POST', '/devices/import-csv', { csv })).body).toMatchObject({ imported: true });

    const { items } = (await site.call('GET', '/device-users')).body;
    expect(items).toMatchObject([
      { user: 'Ben Doe', source: 'import', state: 'confirmed' },
      { user: 'ben@example.org' },
      { user: anna, deviceName: 'PC-1' },
    ]);
    const wrong = (await site.call('POST', '/devices/import-csv', { csv: 'name,serial,user\nPC-2,S1,=x' })).body;
    expect(wrong).toMatchObject({
      imported: false,
      problems: [{ line: 2, problem: expect.stringContaining('the user is not a user’s name') }],
    });
  });
});
