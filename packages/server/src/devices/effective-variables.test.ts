import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { deploymentSite } from '../../test/deployment-site.ts';

describe.each(databases)('the effective variables of a device on $dialect', ({ open }) => {
  it('are listed with where each comes from and what it wins over, secrets masked', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const device = (await site.call('POST', '/devices', { name: 'PC-1', macAddresses: ['52:54:00:00:00:01'] })).body.id;
    const named = async (name: string, priority: number): Promise<string> => {
      const { id } = (await site.call('POST', '/collections', { name, priority })).body;
      await site.call('PUT', `/collections/${id}/members/${device}`);
      return id;
    };
    const [high, low] = [await named('High', 9), await named('Low', 2)];
    const set = (owner: string, name: string, body: object) => site.call('PUT', `/${owner}/variables/${name}`, body);
    await set(`collections/${high}`, 'Place', { value: 'high' });
    await set(`collections/${low}`, 'PLACE', { value: 'low' });
    await set('collections/all-systems', 'Room', { value: '1' });
    await set(`collections/${low}`, 'ADMINPW', { value: 'hunter22', secret: true });
    await set(`devices/${device}`, 'room', { value: '' });

    const { items } = (await site.call('GET', `/devices/${device}/effective-variables`)).body;

    expect(items).toMatchObject([
      { name: 'ADMINPW', value: null, secret: true, source: { name: 'Low' }, overrides: [] },
      { name: 'Place', value: 'high', source: { kind: 'collection', name: 'High' }, overrides: [{ name: 'Low' }] },
      { name: 'room', asked: true, source: { kind: 'device', name: 'PC-1' }, overrides: [{ name: 'All Systems' }] },
    ]);
    expect(JSON.stringify(items)).not.toContain('hunter22');
  });
});
