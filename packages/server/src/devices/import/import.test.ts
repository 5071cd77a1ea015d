import { describe, expect, it } from 'vitest';
import { databases } from '../../../test/databases.ts';
import { aHello, deploymentSite, mac, uuid, type DeploymentSite } from '../../../test/deployment-site.ts';

interface CsvAnswer {
  readonly imported: boolean;
  readonly code: string;
  readonly message: string;
  readonly devices: readonly { readonly line: number; readonly name: string; readonly action: string }[];
  readonly problems: readonly { readonly line: number; readonly problem: string }[];
}

async function importing(site: DeploymentSite, csv: string, options: object = {}): Promise<CsvAnswer> {
  return (await site.call('POST', '/devices/import-csv', { csv, ...options })).body as unknown as CsvAnswer;
}
const names = async (site: DeploymentSite): Promise<string[]> =>
  ((await site.call('GET', '/devices')).body.items as unknown as { name: string }[]).map(({ name }) => name);
const anotherMac = '52:54:00:00:00:02';
const anotherUuid = '11223344-5566-7788-99aa-000000000002';

describe.each(databases)('importing on $dialect', ({ open }) => {
  it('a CSV with headings makes its computers known, with variables, tags and in a collection', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
    const csv = `\uFEFFComputer name;MAC Address;SMBIOS-GUID;Tags;variable:Zone;secret:Pin
lab-1;5254.0000.0001 52-54-00-00-00-0a;{${uuid.toUpperCase()}};Attic loan;"Europe/Berlin";4711

lab-2;525400000002;;;;
`;

    const answer = await importing(site, csv, { collectionId: collection.id, tags: ['new'] });

    expect(answer).toMatchObject({ imported: true, problems: [], devices: [{ line: 2, name: 'lab-1', action: 'created' }, { line: 4 }] });
    const { items } = (await site.call('GET', '/devices')).body;
    expect(items).toMatchObject([
      {
        name: 'lab-1',
        state: 'approved',
        smbiosUuid: uuid,
        macAddresses: ['52:54:00:00:00:01', '52:54:00:00:00:0a'],
        tags: ['Attic', 'loan', 'new'],
      },
      { name: 'lab-2', smbiosUuid: null, macAddresses: [anotherMac], tags: ['new'] },
    ]);
    expect((await site.call('GET', `/devices/${items[0]?.id}/variables`)).body.items).toMatchObject([
      { name: 'Pin', value: null, secret: true },
      { name: 'Zone', value: 'Europe/Berlin', secret: false },
    ]);
    expect((await site.call('GET', `/collections/${collection.id}/rules`)).body.items).toMatchObject([
      { kind: 'direct' },
      { kind: 'direct' },
    ]);
  });

  it('one mistake anywhere and nothing is imported; every mistake is named with its line', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const csv = `name,mac,uuid
lab-1,${mac},
lab 2,${anotherMac},
lab-3,52:54,
lab-1,52:54:00:00:00:03,
lab-5,,
lab-6,${mac},
lab-7,52:54:00:00:00:07,,more`;

    const answer = await importing(site, csv);

    expect(answer.imported).toBe(false);
    expect(answer.problems).toEqual([
      { line: 3, problem: 'the name is not a computer name' },
      { line: 4, problem: 'the MAC address is not a MAC address' },
      { line: 5, problem: 'A device named lab-1 exists already.' },
      { line: 6, problem: 'give a MAC address, an SMBIOS UUID or a serial number' },
      { line: 7, problem: `The MAC address ${mac} belongs to the device lab-1 already.` },
      { line: 8, problem: 'there is no column for more' },
    ]);
    expect(await names(site)).toEqual([]);
  });

  it('a dry run says what would be done and does nothing', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);

    const answer = await importing(site, `name,mac\nlab-1,${mac}`, { dryRun: true });

    expect(answer).toEqual({ imported: false, problems: [], devices: [{ line: 2, name: 'lab-1', action: 'created' }] });
    expect(await names(site)).toEqual([]);
  });

  it('columns are named by heading or by position, and a file without headings is known by its first id', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const byPosition = [
      { column: '1', use: 'name' },
      { column: '3', use: 'mac' },
    ];

    await importing(site, `lab-1,whatever,${mac},more`, { columns: byPosition });
    await importing(site, `Host,Owner,Ethernet\nlab-2,me,${anotherMac}`, {
      columns: [
        { column: 'host', use: 'name' },
        { column: 'Ethernet', use: 'mac' },
      ],
    });

    expect(await names(site)).toEqual(['lab-1', 'lab-2']);
    const problems = [
      await importing(site, `Host,mac\nlab-1,${mac}`),
      await importing(site, `lab-1,${mac}`),
      await importing(site, `name,mac\nlab-1,${mac}`, { columns: [{ column: 'Ethernet', use: 'mac' }] }),
      await importing(site, 'name\nlab-1'),
      await importing(site, ''),
    ];
    expect(problems.map(({ message }) => message.replace(/.*clear: /, ''))).toEqual([
      'the heading Host says nothing.',
      'it has no headings.',
      'there is no column Ethernet.',
      'none of them is a MAC address, an SMBIOS UUID or a serial number.',
      'it has no lines.',
    ]);
    expect((await importing(site, 'name,mac\n"lab-1,x')).code).toBe('CSV_UNREADABLE');
  });

  it('a known computer is refused, or merged when that is asked for; ids of two computers never are one', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac], tags: ['old'] });
    site.clock.nowMs += 1;
    await site.call('POST', '/devices', { name: 'lab-2', smbiosUuid: anotherUuid });
    const conflict = `name,mac,uuid\nlab-9,${mac},${anotherUuid}`;

    expect((await importing(site, `name,mac\nlab-9,${mac}`)).problems[0]?.problem).toContain('belongs to the device lab-1 already');
    expect((await importing(site, conflict, { duplicates: 'merge' })).problems[0]?.problem).toBe(
      `The ids belong to different computers: the MAC address ${mac} is of lab-1, the SMBIOS UUID ${anotherUuid} of lab-2.`,
    );
    const merged = await importing(site, `name,mac,uuid,tag\nlab-7,${mac},${uuid},new`, { duplicates: 'merge' });

    expect(merged.devices).toEqual([{ line: 2, name: 'lab-7', action: 'merged' }]);
    expect((await site.call('GET', '/devices?name=lab-7')).body.items).toMatchObject([
      { macAddresses: [mac], smbiosUuid: uuid, tags: ['new', 'old'] },
    ]);
    expect(
      (await importing(site, `name,mac,uuid\nlab-7,${mac},${anotherUuid.replace('2', '3')}`, { duplicates: 'merge' })).problems[0]?.problem,
    ).toContain(`is of lab-7, which has the SMBIOS UUID ${uuid}`);
  });

  it('a computer that was only ever seen, also as two, becomes the imported one', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.call('POST', '/agent/hello', aHello({ mac, uuid: null }), '');
    await site.bootScript('52:54:00:00:00:09', uuid);
    expect(await names(site)).toHaveLength(2);

    const answer = await importing(site, `name,mac,uuid\nlab-1,${mac},${uuid}`);

    expect(answer).toMatchObject({ imported: true, devices: [{ action: 'merged' }] });
    expect((await site.call('GET', '/devices')).body.items).toMatchObject([{ name: 'lab-1', state: 'approved', smbiosUuid: uuid }]);
  });

  it('a computer of which only the serial number is known is the one that says it, once it has booted to say so', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ trust: 'automatic' });
    const answer = await importing(site, 'Name,Service tag\nlab-1,5CG1234XYZ\nlab-2,5CG1234ABC');
    expect(answer).toMatchObject({ imported: true, problems: [] });
    const bootsInto = async (macAddress: string, smbiosUuid: string) => (await site.bootScript(macAddress, smbiosUuid)).includes('initrd');
    const says = async (serialNumber: string, ids: { mac: string; uuid: string }) => {
      const hello = aHello(ids);
      const facts = { ...hello.facts, serialNumber };
      return (await site.call('POST', '/agent/hello', { ...hello, facts }, '')).body as unknown as { state: string; deviceName: string };
    };

    expect(await bootsInto(mac, uuid)).toBe(true);
    expect(await says('5cg1234xyz', { mac, uuid })).toMatchObject({ state: 'ready', deviceName: 'lab-1' });
    // Another one is asked as well, and only once: it is none of them.
    expect(await bootsInto(anotherMac, anotherUuid)).toBe(true);
    expect(await says('To Be Filled By O.E.M.', { mac: anotherMac, uuid: anotherUuid })).toMatchObject({ state: 'refused' });
    expect(await bootsInto(anotherMac, anotherUuid)).toBe(false);

    const { items } = (await site.call('GET', '/devices?state=approved')).body;
    expect(items).toMatchObject([
      { name: 'lab-1', serialNumber: '5CG1234XYZ', smbiosUuid: uuid, macAddresses: [mac] },
      { name: 'lab-2', serialNumber: '5CG1234ABC', smbiosUuid: null, macAddresses: [] },
    ]);
  });

  it('a serial number that a known computer has, or that is none, is refused', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.call('POST', '/devices', { name: 'lab-1', serialNumber: '5CG1234XYZ' });

    const { problems } = await importing(site, 'name,serial\nlab-2,5cg1234xyz\nlab-3,None\nlab-4,SN2');

    expect(problems.map(({ problem }) => problem)).toEqual([
      'The serial number 5cg1234xyz belongs to the device lab-1 already.',
      'The serial number None identifies no computer: it has fewer than four letters and digits, or is what makers leave in.',
      'The serial number SN2 identifies no computer: it has fewer than four letters and digits, or is what makers leave in.',
    ]);
    const merged = await importing(site, `name,serial,mac\nlab-9,5CG1234XYZ,${mac}`, { duplicates: 'merge' });
    expect(merged.devices).toEqual([{ line: 2, name: 'lab-9', action: 'merged' }]);
    expect((await site.call('GET', '/devices?search=5cg1234')).body.items).toMatchObject([{ name: 'lab-9', macAddresses: [mac] }]);
  });

  it('refuses a collection that is not there or is built in, whole', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);

    for (const collectionId of ['collection-gone', 'all-systems']) {
      expect(
        (await site.call('POST', '/devices/import-csv', { csv: `name,mac\nlab-1,${mac}`, collectionId })).status,
      ).toBeGreaterThanOrEqual(404);
    }
    expect(await names(site)).toEqual([]);
  });
});
