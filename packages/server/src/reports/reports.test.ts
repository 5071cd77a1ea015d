import type { ReportResult, StatusMessage } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, aMessage, deploymentSite, type DeploymentSite } from '../../test/deployment-site.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const macOf = (number: number): string => `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;

interface Told {
  readonly kind: StatusMessage['kind'];
  readonly stepName: string;
  readonly durationMs?: number;
}

/** A required deployment to six computers: the odd ones of one model, the even ones of another. */
async function fleet(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  const ids: string[] = [];
  for (let number = 1; number <= 6; number += 1) {
    const { id } = (await site.call('POST', '/devices', { name: `pc-${number}`, macAddresses: [macOf(number)] })).body;
    ids.push(id);
    await site.call('PUT', `/collections/${collection.id}/members/${id}`);
  }
  const taskSequenceId = await site.addSequence('Install');
  const body = { taskSequenceId, collectionId: collection.id, purpose: 'required', failureThreshold: null };
  const { id: deploymentId } = (await site.call('POST', '/deployments', body)).body;
  const begin = async (number: number) => {
    const hello = aHello({ mac: macOf(number), uuid: null });
    const facts = { ...hello.facts, manufacturer: 'Dell', model: number % 2 === 1 ? 'Latitude' : 'OptiPlex' };
    const { runId, key } = (await site.call('POST', '/agent/hello', { ...hello, facts }, '')).body;
    await site.call('GET', `/agent/runs/${runId}`, undefined, key);
    return { runId, key };
  };
  const report = async ({ runId, key }: { readonly runId: string; readonly key: string }, told: readonly Told[]): Promise<void> => {
    const messages = told.map((each, index) => ({
      ...aMessage(index + 1),
      path: [each.stepName === 'Disk' ? 0 : 1],
      durationMs: null,
      ...each,
    }));
    await site.call('POST', `/agent/runs/${runId}/status`, { messages, progress: null }, key);
  };
  const end = async ({ runId, key }: { readonly runId: string; readonly key: string }, journal: object): Promise<void> => {
    site.clock.nowMs += 10 * minuteMs;
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 9, cursor: null, ...journal }), key);
    await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
  };
  return { deploymentId, taskSequenceId, ids, collection, begin, report, end };
}
type Fleet = Awaited<ReturnType<typeof fleet>>;

const failure = {
  path: [1],
  exitCode: 7,
  stepName: 'Apply',
  error: { code: 'DISK_TOO_SMALL', message: 'It does not fit.', details: {} },
};

async function succeed({ begin, report, end }: Fleet, number: number, applyMs: number): Promise<string> {
  const run = await begin(number);
  await report(run, [
    { kind: 'step-started', stepName: 'Disk' },
    { kind: 'step-succeeded', stepName: 'Disk', durationMs: 1000 },
    { kind: 'step-succeeded', stepName: 'Apply', durationMs: applyMs },
  ]);
  await end(run, { result: 'succeeded' });
  return run.runId;
}

async function fail({ begin, report, end }: Fleet, number: number): Promise<string> {
  const run = await begin(number);
  await report(run, [
    { kind: 'step-succeeded', stepName: 'Disk', durationMs: 1000 },
    { kind: 'step-failed', stepName: 'Apply', durationMs: 1 },
  ]);
  await end(run, { result: 'failed', failure });
  return run.runId;
}

async function read(site: DeploymentSite, name: string, parameters: object = {}, limit = 1000): Promise<ReportResult> {
  const { status, body } = await site.call('POST', `/reports/${name}`, { parameters, limit });
  expect([name, status, body]).toEqual([name, 200, expect.anything()]);
  return body as unknown as ReportResult;
}

describe.each(databases)('reports, on $dialect', ({ open }) => {
  it('say how long each step takes, by model too, within two percent, also after its messages are gone', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const made = await fleet(site);
    for (const [number, applyMs] of [60_000, 300_000, 70_000, 310_000, 80_000].entries()) await succeed(made, number + 1, applyMs);
    await fail(made, 6);

    const parameters = { deployment: made.deploymentId };
    const [disk, apply] = (await read(site, 'step-times', parameters)).rows;
    await site.database.sql.deleteFrom('run_messages').execute();

    expect(disk).toMatchObject({ step: 'Disk', succeeded: 6, failed: 0, averageMs: 1000 });
    expect(apply).toMatchObject({ step: 'Apply', group: null, succeeded: 5, failed: 1, longestMs: 310_000, totalMs: 820_000 });
    expect(Math.abs(Number(apply?.['p50Ms']) - 80_000)).toBeLessThanOrEqual(1600);
    expect(Math.abs(Number(apply?.['p95Ms']) - 310_000)).toBeLessThanOrEqual(6200);
    const byModel = (await read(site, 'step-times', { ...parameters, by: 'model', step: 'Apply' })).rows;
    expect(byModel.map(({ group, succeeded, failed }) => [group, succeeded, failed])).toEqual([
      ['Dell Latitude', 3, 0],
      ['Dell OptiPlex', 2, 1],
    ]);
    expect((await read(site, 'slowest-steps', { taskSequence: made.taskSequenceId })).rows.map(({ step }) => step)).toEqual([
      'Apply',
      'Disk',
    ]);
    expect((await read(site, 'step-times', { since: '2026-11-23' })).rows).toEqual([]);
  });

  it('say how long steps take in a boundary group', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const made = await fleet(site);
    const now = site.clock.nowMs;
    const { sql } = site.database;
    const all = { first_address: '0'.repeat(32), last_address: 'f'.repeat(32), addresses: 'all', kind: 'range', name: 'All' };
    await sql
      .insertInto('boundaries')
      .values({ id: 'boundary-1', ...all, created_at: now })
      .execute();
    await sql.insertInto('boundary_groups').values({ id: 'group-1', name: 'Berlin', description: '', created_at: now }).execute();
    await sql.insertInto('boundary_group_boundaries').values({ group_id: 'group-1', boundary_id: 'boundary-1' }).execute();
    await succeed(made, 1, 60_000);

    const { rows } = await read(site, 'step-times', { by: 'site' });
    expect(rows.map(({ step, group }) => [step, group])).toEqual([
      ['Disk', 'Berlin'],
      ['Apply', 'Berlin'],
    ]);
  });

  it('count a message once, also of a run that failed and went on', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const made = await fleet(site);
    const runId = await fail(made, 1);
    await read(site, 'step-times');
    await site.call('POST', `/runs/${runId}/restart`, {});
    const { key } = await made.begin(1);
    const message = { ...aMessage(3), path: [1], kind: 'step-succeeded', stepName: 'Apply', durationMs: 5000 };
    await site.call('POST', `/agent/runs/${runId}/status`, { messages: [message], progress: null }, key);
    await made.end({ runId, key }, { result: 'succeeded', revision: 99 });

    const { rows } = await read(site, 'step-times', { deployment: made.deploymentId });
    expect(rows.map(({ step, succeeded, failed }) => [step, succeeded, failed])).toEqual([
      ['Disk', 1, 0],
      ['Apply', 1, 1],
    ]);
  });

  it('show day by day and week by week how many of the runs succeeded', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const made = await fleet(site);
    for (const number of [1, 2]) await succeed(made, number, 1000);
    await fail(made, 3);
    // The 22nd was a Sunday: the next day is in the next week, and so is the one after it.
    site.clock.nowMs += dayMs;
    await succeed(made, 4, 1000);
    site.clock.nowMs += dayMs;
    await fail(made, 5);

    const days = (await read(site, 'trend')).rows;
    expect(days.map(({ from, succeeded, failed }) => [from, succeeded, failed])).toEqual([
      ['2026-11-22', 2, 1],
      ['2026-11-23', 1, 0],
      ['2026-11-24', 0, 1],
    ]);
    expect(days[0]).toMatchObject({ runs: 3, share: 2 / 3, averageMs: 10 * minuteMs });
    const weeks = (await read(site, 'trend', { interval: 'week', deployment: made.deploymentId })).rows;
    expect(weeks.map(({ from, runs, share }) => [from, runs, share])).toEqual([
      ['2026-11-16', 3, 2 / 3],
      ['2026-11-23', 2, 0.5],
    ]);
  });

  it('have what a deployment is on its computers, what failed and why, and what took long', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const made = await fleet(site);
    await succeed(made, 1, 1000);
    const failed = [await fail(made, 2), await fail(made, 3)];
    await made.begin(4);
    const parameters = { deployment: made.deploymentId };

    const summary = (await read(site, 'deployment-summary', parameters)).rows;
    expect(Object.fromEntries(summary.map(({ state, computers }) => [state, computers]))).toMatchObject({
      succeeded: 1,
      failed: 2,
      running: 1,
    });
    expect((await read(site, 'deployments')).rows).toMatchObject([{ collection: 'Lab', succeeded: 1, failed: 2, running: 1 }]);
    expect((await read(site, 'deployment-devices', { ...parameters, state: 'failed' })).rows).toMatchObject([
      { device: 'pc-2', step: 'Apply', message: 'It does not fit.' },
      { device: 'pc-3', step: 'Apply' },
    ]);
    expect((await read(site, 'errors', parameters)).rows).toEqual([
      { runs: 2, step: 'Apply', code: 'DISK_TOO_SMALL', message: 'It does not fit.', device: 'pc-3' },
    ]);
    expect((await read(site, 'failed-runs')).rows.map(({ run, exitCode }) => [run, exitCode])).toEqual([
      [failed[1], 7],
      [failed[0], 7],
    ]);
    expect((await read(site, 'running')).rows).toMatchObject([{ device: 'pc-4' }]);
    expect((await read(site, 'run-times', { minutes: 10 })).rows).toHaveLength(3);
    expect((await read(site, 'run-times', { minutes: 11 })).rows).toEqual([]);
    expect((await read(site, 'run-steps', { run: failed[0] })).rows).toMatchObject([
      { step: 'Disk', result: 'succeeded', tookMs: 1000 },
      { step: 'Apply', result: 'failed' },
    ]);
    expect((await read(site, 'task-sequences')).rows).toMatchObject([
      { taskSequence: 'Install', version: 1, succeeded: 1, failed: 2, running: 1 },
    ]);
  });

  it('have the history of a computer, what it got, and how many got it', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const made = await fleet(site);
    const [device = ''] = made.ids;
    await succeed(made, 1, 1000);
    await succeed(made, 2, 1000);
    await site.call('POST', `/deployments/${made.deploymentId}/rerun`, { deviceId: device });
    await fail(made, 1);

    expect((await read(site, 'device-history', { device })).rows.map(({ state }) => state)).toEqual(['failed', 'succeeded']);
    expect((await read(site, 'device-deployments', { device })).rows).toMatchObject([
      { collection: 'Lab', state: 'failed', code: 'DISK_TOO_SMALL' },
    ]);
    expect((await read(site, 'installed-versions')).rows).toEqual([{ taskSequence: 'Install', version: 1, computers: 2 }]);
    expect((await read(site, 'installed-on')).rows.map(({ device: name }) => name)).toEqual(['pc-1', 'pc-2']);
    expect((await read(site, 'models')).rows).toContainEqual({ model: 'Dell Latitude', computers: 1 });
    expect((await read(site, 'task-sequence-content', { taskSequence: made.taskSequenceId })).rows).toMatchObject([{ kind: 'image' }]);
    for (const name of ['operating-systems', 'driver-packages', 'user-state', 'user-state-room', 'unknown-computers'])
      expect((await read(site, name)).rows).toEqual([]);
  });

  it('have as many rows as are asked for, and say that there are more', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const made = await fleet(site);
    for (const number of [1, 2, 3]) await fail(made, number);

    expect(await read(site, 'failed-runs', {}, 2)).toMatchObject({ rows: [{ device: 'pc-3' }, { device: 'pc-2' }], more: true });
    expect(await read(site, 'failed-runs', {}, 3)).toMatchObject({ more: false });
  });

  it('refuse what they were not asked for, and what there is not', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const answer = async (name: string, parameters: object) => (await site.call('POST', `/reports/${name}`, { parameters })).body.code;

    expect(await answer('device-history', {})).toBe('REPORT_PARAMETER_MISSING');
    expect(await answer('models', { step: 'Disk' })).toBe('REPORT_PARAMETER_UNKNOWN');
    expect(await answer('trend', { interval: 'year' })).toBe('BAD_REQUEST');
    expect(await answer('nothing', {})).toBe('NOT_FOUND');
    const { items } = (await site.call('GET', '/reports')).body;
    expect(items.length).toBeGreaterThan(20);
  });
});
