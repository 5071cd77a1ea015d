import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { deploymentSite, type DeploymentSite } from '../../test/deployment-site.ts';

interface Shown {
  readonly id: string;
  readonly name: string;
}
interface Reason {
  readonly kind: string;
  readonly holds: boolean | null;
  readonly problem: string;
}

interface Answered<T> {
  readonly status: number;
  readonly body: T;
}

/** A site as an administrator sees it: names in, names out. */
async function aSite(site: DeploymentSite) {
  // The answer is what the test says that it is.
  const body = async <T>(...request: Parameters<DeploymentSite['call']>) => (await site.call(...request)) as unknown as Answered<T>;
  const ids = new Map<string, string>([['All Systems', 'all-systems']]);
  let devices = 0;
  const idOf = (name: string): string => ids.get(name) ?? name;
  return {
    idOf,
    body,
    device: async (name: string, tags: string[] = []) => {
      devices += 1;
      const macAddresses = [`52:54:00:00:00:${devices.toString(16).padStart(2, '0')}`];
      const made = await body<Shown>('POST', '/devices', { name, macAddresses, tags });
      ids.set(name, made.body.id);
      return made.body.id;
    },
    collection: async (name: string, rules: object[] = [], limiting = 'All Systems') => {
      const made = await body<Shown & { code?: string; details?: object }>('POST', '/collections', {
        name,
        rules,
        limitingCollectionId: idOf(limiting),
      });
      if (made.status === 200) ids.set(name, made.body.id);
      return made;
    },
    rule: (name: string, rule: object) =>
      body<Shown & { code?: string; message?: string }>('POST', `/collections/${idOf(name)}/rules`, rule),
    members: async (name: string) => {
      const { body: page } = await body<{ items: Shown[] }>('GET', `/collections/${idOf(name)}/members`);
      return page.items.map((device) => device.name);
    },
    explain: async (device: string, name: string) =>
      (await body<{ isMember: boolean; reasons: Reason[] }>('GET', `/collections/${idOf(name)}/members/${idOf(device)}/explanation`)).body,
  };
}
const query = (text: string) => ({ kind: 'query', query: text });
const twoDigits = (number: number): string => number.toString(16).padStart(2, '0');

describe.each(databases)('collections on $dialect', ({ open }) => {
  it('hold what a query finds, and follow every change of a device', async () => {
    await using test = await open();
    await using running = await deploymentSite(test.database);
    const site = await aSite(running);
    await site.device('PC-1', ['office']);
    await site.device('PC-2');
    await site.collection('Office', [query('"office" in tags && variables.Retired == ""')]);

    expect(await site.members('Office')).toEqual(['PC-1']);
    await site.body('PATCH', `/devices/${site.idOf('PC-2')}`, { tags: ['office'] });
    await site.device('PC-3', ['office']);
    expect(await site.members('Office')).toEqual(['PC-1', 'PC-2', 'PC-3']);
    await site.body('PUT', `/devices/${site.idOf('PC-1')}/variables/retired`, { value: 'yes' });
    await site.body('PATCH', `/devices/${site.idOf('PC-3')}`, { state: 'pending' });
    expect(await site.members('Office')).toEqual(['PC-2']);
    await site.body('DELETE', `/devices/${site.idOf('PC-1')}/variables/Retired`);
    expect(await site.members('Office')).toEqual(['PC-1', 'PC-2']);
  });

  it('have no members outside of their limiting collection, and exclude wins over every other rule', async () => {
    await using test = await open();
    await using running = await deploymentSite(test.database);
    const site = await aSite(running);
    const direct = [];
    for (const name of ['PC-1', 'PC-2', 'PC-3', 'PC-4']) direct.push({ kind: 'direct', deviceId: await site.device(name) });
    await site.collection('Lab', direct.slice(0, 3));
    await site.collection('Broken', [direct[1] ?? {}]);
    await site.collection('Pilot', direct, 'Lab');
    await site.collection('Both', [{ kind: 'include', collectionId: site.idOf('Broken') }]);

    expect(await site.members('Pilot')).toEqual(['PC-1', 'PC-2', 'PC-3']);
    await site.rule('Pilot', { kind: 'exclude', collectionId: site.idOf('Both') });
    expect(await site.members('Pilot')).toEqual(['PC-1', 'PC-3']);
    await site.body('DELETE', `/collections/${site.idOf('Lab')}/members/${site.idOf('PC-3')}`);
    expect(await site.members('Pilot')).toEqual(['PC-1']);
    await site.body('PUT', `/collections/${site.idOf('Broken')}/members/${site.idOf('PC-1')}`);
    expect(await site.members('Pilot')).toEqual([]);
    await site.body('PATCH', `/collections/${site.idOf('Pilot')}`, { limitingCollectionId: 'all-systems' });
    expect(await site.members('Pilot')).toEqual(['PC-3', 'PC-4']);
  });

  it('are refused where they would depend on themselves, and nothing of it is kept', async () => {
    await using test = await open();
    await using running = await deploymentSite(test.database);
    const site = await aSite(running);
    await site.collection('A');
    await site.collection('B', [], 'A');
    await site.collection('C', [{ kind: 'include', collectionId: site.idOf('B') }]);

    const refused = await site.rule('A', { kind: 'exclude', collectionId: site.idOf('C') });
    const limited = await site.body<{ code: string }>('PATCH', `/collections/${site.idOf('A')}`, { limitingCollectionId: site.idOf('A') });

    expect(refused.body).toMatchObject({
      code: 'COLLECTION_CYCLE',
      message: expect.stringContaining('A excludes C, C includes B, B is limited by A') as string,
    });
    expect(limited.body.code).toBe('COLLECTION_CYCLE');
    expect((await site.body<{ items: unknown[] }>('GET', `/collections/${site.idOf('A')}/rules`)).body.items).toEqual([]);
  });

  it('with a wrong query are not made; the answer names the character', async () => {
    await using test = await open();
    await using running = await deploymentSite(test.database);
    const site = await aSite(running);

    const { status, body } = await site.collection('Wrong', [query('name == "a" &&\n  modell == "x"')]);

    expect([status, body.code, body.details]).toEqual([422, 'QUERY_INVALID', expect.objectContaining({ line: 2, column: 3 })]);
    expect((await site.body<{ items: Shown[] }>('GET', '/collections')).body.items).toHaveLength(2);
  });

  it('are previewed before anything is saved, with what has no answer', async () => {
    await using test = await open();
    await using running = await deploymentSite(test.database);
    const site = await aSite(running);
    await site.device('PC-1', ['office']);
    await site.device('PC-2');
    await site.device('PC-3', ['store']);

    const { body } = await site.body<{ members: Shown[] }>('POST', '/collections/preview', { query: 'tags[0] == "office"', limit: 10 });

    expect(body).toMatchObject({
      memberCount: 1,
      askedCount: 3,
      unansweredCount: 1,
      unansweredReason: expect.stringContaining('PC-2') as string,
      members: [{ name: 'PC-1' }],
    });
  });

  it('say why a device is or is not a member', async () => {
    await using test = await open();
    await using running = await deploymentSite(test.database);
    const site = await aSite(running);
    const deviceId = await site.device('PC-1');
    await site.collection('Broken', [{ kind: 'direct', deviceId }]);
    await site.collection('Lab', [
      query('name == "PC-1"'),
      query('tags[0] == "x"'),
      { kind: 'exclude', collectionId: site.idOf('Broken') },
    ]);

    const lab = await site.explain('PC-1', 'Lab');

    expect(lab.isMember).toBe(false);
    expect(lab.reasons.slice(0, 2)).toMatchObject([
      { kind: 'limiting', holds: true },
      { kind: 'exclude', holds: true },
    ]);
    expect(new Set(lab.reasons.slice(2).map(({ kind, holds }) => `${kind} ${String(holds)}`))).toEqual(
      new Set(['query true', 'query null']),
    );
    expect(await site.explain('PC-1', 'All Systems')).toMatchObject({ isMember: true, reasons: [{ kind: 'state', holds: true }] });
    expect(lab.reasons.find(({ holds }) => holds === null)?.problem).not.toBe('');
  });

  it('keep what others depend on: it is not deleted, and the answer says who', async () => {
    await using test = await open();
    await using running = await deploymentSite(test.database);
    const site = await aSite(running);
    await site.collection('Base');
    await site.collection('Limited', [], 'Base');
    await site.collection('Including', [{ kind: 'include', collectionId: site.idOf('Base') }]);

    const { body } = await site.body<{ code: string; message: string }>('DELETE', `/collections/${site.idOf('Base')}`);

    expect([body.code, body.message]).toEqual(['IN_USE', expect.stringContaining('the collection Including, the collection Limited')]);
  });

  it('are read page by page by name, each member once', async () => {
    await using test = await open();
    await using running = await deploymentSite(test.database);
    const site = await aSite(running);
    for (let number = 0; number < 7; number += 1) await site.device(`PC-${7 - number}`, ['a']);
    await site.collection('Tagged', [query('"a" in tags')]);
    const pages: string[][] = [];
    for (const name of ['all-systems', site.idOf('Tagged')]) {
      for (let after: string | null = ''; after !== null;) {
        const from: string = after === '' ? '' : `&after=${after}`;
        const { body } = await site.body<{ items: Shown[]; next: string | null }>('GET', `/collections/${name}/members?limit=3${from}`);
        pages.push(body.items.map((device) => device.name));
        after = body.next;
      }
    }

    const expected = [['PC-1', 'PC-2', 'PC-3'], ['PC-4', 'PC-5', 'PC-6'], ['PC-7']];
    expect(pages).toEqual([...expected, ...expected]);
  });

  it('are right where there are more devices than are asked at once', async () => {
    await using test = await open();
    await using running = await deploymentSite(test.database);
    const site = await aSite(running);
    const lines = Array.from(
      { length: 800 },
      (_, number) => `PC-${number},02:00:00:00:${twoDigits(number >> 8)}:${twoDigits(number & 255)}`,
    );
    await site.body('POST', '/devices/import-csv', { csv: ['name,mac', ...lines].join('\n') });
    await site.collection('Sevens', [query('name.endsWith("7")')]);
    await site.collection('Tagged', [query('"a" in tags')]);
    await test.database.sql.deleteFrom('collection_members').execute();
    const ids = await test.database.sql.selectFrom('devices').select('id').execute();
    const wrong = ids.map(({ id }) => ({ collection_id: site.idOf('Tagged'), device_id: id }));
    await test.database.sql.insertInto('collection_members').values(wrong).execute();

    const evaluated = await running.features.jobHandlers['collection-evaluation'](
      { collectionId: null },
      { signal: new AbortController().signal, log: running.log, report: () => undefined },
    );

    expect(evaluated).toEqual({ devices: 800 });
    const { body } = await site.body<{ items: (Shown & { memberCount: number })[] }>('GET', '/collections');
    const counts = body.items.map(({ name, memberCount }) => [name, memberCount]);
    expect(counts).toEqual(
      expect.arrayContaining([
        ['Sevens', 80],
        ['Tagged', 0],
      ]),
    );
  });

  it('ask queries about the time when all is evaluated, and show when that was', async () => {
    await using test = await open();
    await using running = await deploymentSite(test.database);
    const site = await aSite(running);
    await site.device('PC-1');
    await site.collection('Old', [query('createdAt < now - duration("24h")')]);
    expect(await site.members('Old')).toEqual([]);

    running.clock.nowMs += 25 * 3_600_000;
    const job = await site.body<{ id: string; kind: string }>('POST', '/collections/evaluate', {});
    const evaluated = await running.features.jobHandlers['collection-evaluation'](
      { collectionId: null },
      { signal: new AbortController().signal, log: running.log, report: () => undefined },
    );

    expect([job.body.kind, evaluated]).toEqual(['collection-evaluation', { devices: 1 }]);
    expect(await site.members('Old')).toEqual(['PC-1']);
    const { body } = await site.body<object>('GET', `/collections/${site.idOf('Old')}`);
    expect(body).toMatchObject({ evaluatedAt: '2026-11-23T11:00:00.000Z', evaluationMs: expect.any(Number) as number, unansweredCount: 0 });
  });
});
