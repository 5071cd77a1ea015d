import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { deploymentSite, type DeploymentSite } from '../../test/deployment-site.ts';
import { locate } from './locate.ts';

async function aGroup(site: DeploymentSite, name: string, ...addresses: readonly string[]): Promise<string> {
  const { id } = (await site.call('POST', '/boundary-groups', { name })).body;
  for (const each of addresses) {
    const boundary = (await site.call('POST', '/boundaries', { addresses: each })).body;
    await site.call('PUT', `/boundary-groups/${id}/boundaries/${boundary.id}`);
  }
  return id;
}

describe.each(databases)('boundary groups on $dialect', ({ open }) => {
  it('have the computers of their boundaries: the narrowest boundary decides, also for IPv6', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await aGroup(site, 'Berlin', '10.1.0.0/16', '2001:db8:1::/48');
    await aGroup(site, 'Laboratory', '10.1.2.10-10.1.2.99');
    const groupsOf = async (address: string) => (await locate(test.database.sql, address)).groups.map(({ name }) => name);

    expect(await groupsOf('10.1.9.9')).toEqual(['Berlin']);
    expect(await groupsOf('::ffff:10.1.2.50')).toEqual(['Laboratory']);
    expect(await groupsOf('2001:db8:1:2::3')).toEqual(['Berlin']);
    expect(await groupsOf('192.0.2.1')).toEqual([]);
    expect(await groupsOf('not an address')).toEqual([]);
  });

  it('may share a boundary; one that is in no group decides nothing', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await aGroup(site, 'B', '10.0.0.0/8');
    const first = await aGroup(site, 'A');
    const [shared] = (await site.call('GET', '/boundaries')).body.items;
    await site.call('PUT', `/boundary-groups/${first}/boundaries/${shared?.id}`);
    await site.call('POST', '/boundaries', { addresses: '10.0.0.0/24', name: 'nobody’s' });

    const { groups, boundaries } = await locate(test.database.sql, '10.0.0.7');

    expect(groups.map(({ name }) => name)).toEqual(['A', 'B']);
    expect(boundaries).toMatchObject([
      { name: 'nobody’s', decides: false, reason: 'it is in no group' },
      { name: '10.0.0.0/8', decides: true },
    ]);
  });

  it('fall back to neighbours by their times, and the site is explained as the last source', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const [branch, head, other, secret] = [
      await aGroup(site, 'Branch', '10.1.0.0/16'),
      await aGroup(site, 'Head office'),
      await aGroup(site, 'Other branch'),
      await aGroup(site, 'Secret'),
    ];
    await site.call('PUT', `/boundary-groups/${branch}/neighbours/${secret}`, { fallbackMinutes: null });
    await site.call('PUT', `/boundary-groups/${branch}/neighbours/${other}`, { fallbackMinutes: 120 });
    await site.call('PUT', `/boundary-groups/${branch}/neighbours/${head}`, { fallbackMinutes: 30 });
    await site.call('PUT', `/boundary-groups/${branch}/neighbours/${head}`, { fallbackMinutes: 0 });

    const { status, body } = await site.call('GET', '/boundary-groups/explain?address=10.1.2.3');

    expect(status).toBe(200);
    expect(body).toMatchObject({
      groups: [{ name: 'Branch' }],
      neighbours: [
        { name: 'Head office', fallbackMinutes: 0, of: 'Branch' },
        { name: 'Other branch', fallbackMinutes: 120 },
        { name: 'Secret', fallbackMinutes: null },
      ],
      sources: [{ kind: 'site', url: 'https://127.0.0.1:8443' }],
    });
    expect((await site.call('GET', '/boundary-groups/explain?address=10.9.2.3')).body).toMatchObject({ groups: [], neighbours: [] });
    expect((await site.call('GET', '/boundary-groups/explain?address=Berlin')).status).toBe(400);
    expect((await site.call('GET', '/boundary-groups/explain?address=10.9.2.3', undefined, 'nobody')).status).toBe(401);
  });

  it('tell overlaps instead of refusing them, and refuse what is there already or in use', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const group = await aGroup(site, 'Berlin', '10.1.0.0/16');
    const other = await aGroup(site, 'Other');
    await site.call('PUT', `/boundary-groups/${other}/neighbours/${group}`, { fallbackMinutes: 1 });
    const [boundary] = (await site.call('GET', '/boundaries')).body.items;

    const narrower = await site.call('POST', '/boundaries', { addresses: '10.1.2.0/24', name: 'Laboratory' });
    const refusals = [
      await site.call('POST', '/boundaries', { addresses: '10.1.0.0/16', name: 'again' }),
      await site.call('POST', '/boundaries', { addresses: '10.1.2.3/16' }),
      await site.call('POST', '/boundary-groups', { name: 'Berlin' }),
      await site.call('DELETE', `/boundaries/${boundary?.id}`),
      await site.call('DELETE', `/boundary-groups/${group}`),
      await site.call('PUT', `/boundary-groups/${group}/neighbours/${group}`, { fallbackMinutes: 1 }),
      await site.call('PUT', `/boundary-groups/${group}/boundaries/boundary-none`),
      await site.call('DELETE', `/boundary-groups/${group}/neighbours/${other}`),
    ];

    expect(narrower.body).toMatchObject({ overlaps: [{ addresses: '10.1.0.0/16' }] });
    expect(refusals.map(({ status, body }) => `${status} ${body.code}`)).toEqual([
      '409 ALREADY_EXISTS',
      '422 BOUNDARY_INVALID',
      '409 ALREADY_EXISTS',
      '409 IN_USE',
      '409 IN_USE',
      '422 BOUNDARY_GROUP_ITSELF',
      '404 NOT_FOUND',
      '404 NOT_FOUND',
    ]);
  });

  it('are deleted with their relationships, and leave the boundaries', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const group = await aGroup(site, 'Berlin', '10.1.0.0/16');
    const other = await aGroup(site, 'Other');
    const [boundary] = (await site.call('GET', '/boundaries')).body.items;
    await site.call('PUT', `/boundary-groups/${group}/neighbours/${other}`, { fallbackMinutes: 1 });

    await site.call('DELETE', `/boundary-groups/${group}/neighbours/${other}`);
    await site.call('DELETE', `/boundary-groups/${group}/boundaries/${boundary?.id}`);

    expect((await site.call('GET', `/boundary-groups/${group}`)).body).toMatchObject({ boundaries: [], neighbours: [] });
    expect((await site.call('DELETE', `/boundary-groups/${group}`)).status).toBe(200);
    expect((await site.call('DELETE', `/boundaries/${boundary?.id}`)).status).toBe(200);
    expect((await site.call('GET', '/boundary-groups')).body.items).toMatchObject([{ name: 'Other' }]);
  });
});
