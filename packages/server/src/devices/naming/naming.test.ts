import { describe, expect, it } from 'vitest';
import { databases } from '../../../test/databases.ts';
import { aHello, deploymentSite, type DeploymentSite } from '../../../test/deployment-site.ts';

const id = (number: number): string => `52:54:00:00:00:0${number}`;

async function meets(site: DeploymentSite, number: number, facts: object = {}): Promise<void> {
  const hello = aHello({ mac: id(number), uuid: null, claim: String(number).repeat(32) });
  await site.call('POST', '/agent/hello', { ...hello, facts: { ...hello.facts, ...facts } }, '');
}
const names = async (site: DeploymentSite): Promise<string[]> =>
  ((await site.call('GET', '/devices')).body.items as unknown as { name: string }[]).map(({ name }) => name);

describe.each(databases)('the naming rule on $dialect', ({ open }) => {
  it('counts on from the highest number, and leaves a name that a person gave', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ unknownComputers: 'approval', namingRule: 'LAB-{counter:3}' });
    await site.call('POST', '/devices', { name: 'lab-041', macAddresses: [id(9)] });

    await meets(site, 1);
    await meets(site, 2);
    await meets(site, 1);
    expect(await names(site)).toEqual(['lab-041', 'LAB-042', 'LAB-043']);
    const { items } = (await site.call('GET', '/devices?name=lab-043')).body;
    await site.call('PATCH', `/devices/${items[0]?.id}`, { name: 'Desk' });
    await meets(site, 2);

    expect(await names(site)).toEqual(['Desk', 'lab-041', 'LAB-042']);
  });

  it('names by serial number as the computer waits; one with a serial number that another has, or without, is still told from it', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ unknownComputers: 'approval', namingRule: 'PC-{serial:4}' });

    await site.bootScript(id(1), '00000000-0000-0000-0000-000000000000');
    expect(await names(site)).toEqual(['pc-525400000001']);
    await meets(site, 1, { serialNumber: 'ABC-4711' });
    await meets(site, 2, { serialNumber: 'XYZ-4711' });
    await meets(site, 3, { serialNumber: 'Default string' });

    expect(await names(site)).toEqual(['PC-4711', 'PC-4711-2', 'pc-525400000003']);
  });

  it('names an unknown computer that is admitted at once', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ unknownComputers: 'menu', trust: 'automatic', namingRule: 'PC-{mac:4}' });

    await meets(site, 1);

    expect(await names(site)).toEqual(['PC-0001']);
  });
});
