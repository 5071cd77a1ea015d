/** What an account sees that is limited to one of two rooms, or to a security scope: in each report, in the status of its deployment, and live. */
import type { DeploymentStatus, ReportResult } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, aMessage, deploymentSite, image, type DeploymentSite } from '../../test/deployment-site.ts';
import { builtInRoles } from '../access/built-in-roles.ts';
import { createScope, putInto } from '../access/scope-store.ts';
import { reports } from './definitions.ts';

const permissions = new Set(builtInRoles.flatMap((role) => (role.id === 'analyst' ? role.permissions : [])));
/** Is in the name of everything of the other room, and in what went wrong there. */
const foreign = /theirs/i;

/** A room with three computers of one model, and a required deployment. */
async function room(site: DeploymentSite, name: string, number: number, taskSequenceId: string) {
  const { id: collectionId } = (await site.call('POST', '/collections', { name: `Room ${name}`, priority: number })).body;
  const macOf = (computer: number) => `52:54:00:00:0${number}:0${computer}`;
  const add = async (computer: number, suffix: string) => {
    const body = { name: `pc-${suffix}`, macAddresses: [macOf(computer)] };
    const { id } = (await site.call('POST', '/devices', body)).body;
    await site.call('PUT', `/collections/${collectionId}/members/${id}`);
    return id;
  };
  const ids = [await add(1, `${name}-1`), await add(2, `${name}-2`), await add(3, `${name}-3`)];
  const deployment = { taskSequenceId, collectionId, purpose: 'required', failureThreshold: null };
  const { id: deploymentId } = (await site.call('POST', '/deployments', deployment)).body;
  const begin = async (computer: number) => {
    const hello = aHello({ mac: macOf(computer), uuid: null });
    const facts = { ...hello.facts, manufacturer: 'Make', model: name };
    return (await site.call('POST', '/agent/hello', { ...hello, facts }, '')).body;
  };
  const run = async (computer: number, step: string, journal: object): Promise<string> => {
    const { runId, key } = await begin(computer);
    const messages = [{ ...aMessage(1), kind: 'step-succeeded', stepName: step, durationMs: 1000 }];
    await site.call('POST', `/agent/runs/${runId}/status`, { messages, progress: null }, key);
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 9, cursor: null, ...journal }), key);
    await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
    return runId;
  };
  const leave = (id: string) => site.call('DELETE', `/collections/${collectionId}/members/${id}`);
  return { name, ids, collectionId, deploymentId, add, leave, begin, run };
}
type Room = Awaited<ReturnType<typeof room>>;

function failure(name: string) {
  const error = { code: `FAILED_${name.toUpperCase()}`, message: `It failed in the room ${name}.`, details: {} };
  return { result: 'failed', failure: { path: [0], exitCode: 7, stepName: name, error } };
}

/** What no run leaves: where users' files are, and which system a computer has. */
async function addRest({ database: { sql } }: DeploymentSite, { name, ids }: Room): Promise<void> {
  const [deviceId = ''] = ids;
  await sql
    .insertInto('device_inventories')
    .values({ device_id: deviceId, hardware: '{}', operating_system: null, system_name: name, reported_at: 1, changed_at: 1 })
    .onConflict((conflict) => conflict.column('device_id').doUpdateSet({ system_name: name }))
    .execute();
  const none = { restore_device_id: null, restore_device_name: null, restore_run_id: null, sha256: null };
  const never = { completed_at: null, restored_at: null, expires_at: null };
  await sql
    .insertInto('state_stores')
    .values({
      id: `store-${name}`,
      state: 'open',
      device_id: deviceId,
      device_name: `pc-${name}-1`,
      run_id: 'run-0',
      key: '',
      size_bytes: 1,
      created_at: 1,
      active_at: 1,
      ...none,
      ...never,
    })
    .execute();
}

/** Two rooms, of which `desk` may look at the first. A computer was in it, failed there, and is in the other one now. */
async function twoRooms(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const taskSequenceId = await site.addSequence('Install');
  const [own, other] = [await room(site, 'own', 1, taskSequenceId), await room(site, 'theirs', 2, taskSequenceId)];
  const succeeded = new Map<string, string>();
  for (const each of [own, other]) {
    succeeded.set(each.name, await each.run(1, each.name, { result: 'succeeded' }));
    await each.run(2, each.name, failure(each.name));
    await addRest(site, each);
  }
  const moved = await own.add(4, 'theirs-moved');
  const movedRun = await own.run(4, 'own', failure('theirs'));
  await own.leave(moved);
  await site.call('PUT', `/collections/${other.collectionId}/members/${moved}`);
  const going = await own.begin(3);
  await other.begin(3);
  await site.database.sql.updateTable('runs').set({ was_unknown: 1 }).execute();
  site.people.rights.set('desk', [{ permissions, scopeIds: null, collectionIds: [own.collectionId] }]);
  return { taskSequenceId, own, other, succeeded, movedRun, going };
}
type Rooms = Awaited<ReturnType<typeof twoRooms>>;

interface Question {
  /** As it can be asked about a room. */
  readonly about: (rooms: Rooms, room: Room) => object;
  /** How many rows the account sees, and the administrator of the same. */
  readonly rows: readonly [limited: number, all: number];
}

const everything: Question['about'] = () => ({});
const ofDeployment: Question['about'] = (_rooms, { deploymentId }) => ({ deployment: deploymentId });
const ofDevice: Question['about'] = (_rooms, { ids }) => ({ device: ids[0] });
const since: Question['about'] = () => ({ since: '2026-01-01' });

/** Every report: the test fails where one is missing. */
const questions: Readonly<Record<string, Question>> = {
  'step-times': { about: since, rows: [1, 2] },
  'slowest-steps': { about: since, rows: [1, 2] },
  trend: { about: since, rows: [1, 1] },
  'run-times': { about: everything, rows: [3, 7] },
  deployments: { about: everything, rows: [1, 2] },
  'deployment-summary': { about: ofDeployment, rows: [7, 7] },
  'deployment-devices': { about: ofDeployment, rows: [3, 4] },
  'device-deployments': { about: ofDevice, rows: [1, 1] },
  'task-sequences': { about: everything, rows: [1, 1] },
  'device-history': { about: ofDevice, rows: [1, 1] },
  'run-steps': { about: ({ succeeded }, { name }) => ({ run: succeeded.get(name) }), rows: [1, 1] },
  running: { about: everything, rows: [1, 2] },
  errors: { about: everything, rows: [1, 2] },
  'failed-runs': { about: everything, rows: [1, 3] },
  'unknown-computers': { about: everything, rows: [3, 7] },
  'installed-versions': { about: everything, rows: [1, 1] },
  'installed-on': { about: everything, rows: [1, 2] },
  models: { about: everything, rows: [1, 2] },
  'operating-systems': { about: everything, rows: [1, 2] },
  // Security scopes limit what is deployed; collections do not.
  'driver-packages': { about: everything, rows: [0, 0] },
  'task-sequence-content': { about: ({ taskSequenceId }) => ({ taskSequence: taskSequenceId }), rows: [1, 1] },
  'user-state': { about: everything, rows: [1, 2] },
  'user-state-room': { about: everything, rows: [1, 1] },
};

describe.each(databases)('an account limited to a security scope, on $dialect', ({ open }) => {
  it('reads of its task sequence what it refers to, and not the names of what is in other scopes', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { sql } = test.database;
    const taskSequenceId = await site.addSequence('Install');
    const { id: scopeId } = await createScope(sql, { name: 'Branch', description: '' }, 1);
    await putInto(sql, [scopeId], { type: 'task-sequences', id: taskSequenceId });
    const { id, origin, compression } = image;
    const row = { id, name: 'Theirs', description: '', origin, compression, sha256: '', size_bytes: 1, indexes: '[]', made_by: null };
    await sql
      .insertInto('images')
      .values({ ...row, created_at: 1 })
      .execute();
    site.people.rights.set('scoped', [{ permissions, scopeIds: [scopeId], collectionIds: null }]);
    const ask = async (token: string) => {
      const answer = await site.call('POST', '/reports/task-sequence-content', { parameters: { taskSequence: taskSequenceId } }, token);
      return (answer.body as unknown as ReportResult).rows;
    };

    expect(await ask('admin')).toMatchObject([{ kind: 'image', id: image.id, name: 'Theirs' }]);
    expect(await ask('scoped')).toEqual([{ kind: 'image', id: image.id, name: '(not shown)', bytes: null }]);
  });
});

describe.each(databases)('an account limited to one of two rooms, on $dialect', ({ open }) => {
  it('sees its own rows of each report, and of what is asked about the other room nothing', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const rooms = await twoRooms(site);
    const ask = async (name: string, parameters: object, token: string) => {
      const { status, body } = await site.call('POST', `/reports/${name}`, { parameters }, token);
      expect([name, token, status]).toEqual([name, token, 200]);
      return (body as unknown as ReportResult).rows;
    };
    expect(Object.keys(questions).toSorted()).toEqual(reports.map(({ name }) => name).toSorted());

    const counts: Record<string, readonly number[]> = {};
    for (const [name, { about }] of Object.entries(questions)) {
      const limited = await ask(name, about(rooms, rooms.own), 'desk');
      counts[name] = [limited.length, (await ask(name, about(rooms, rooms.own), 'admin')).length];
      const ofOthers = about === everything || about === since ? [] : await ask(name, about(rooms, rooms.other), 'desk');
      expect({ name, text: JSON.stringify([limited, ofOthers]) }).toEqual({ name, text: expect.not.stringMatching(foreign) });
    }

    expect(counts).toEqual(Object.fromEntries(Object.entries(questions).map(([name, { rows }]) => [name, rows])));
    expect(await ask('run-steps', { run: rooms.movedRun }, 'desk')).toEqual([]);
    expect(await ask('run-steps', { run: rooms.movedRun }, 'admin')).toHaveLength(1);
  });

  it('has its task sequences counted by the runs of its own computers, without one that has left', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await twoRooms(site);
    const ask = async (token: string) => {
      const answer = await site.call('POST', '/reports/task-sequences', { parameters: {} }, token);
      return (answer.body as unknown as ReportResult).rows;
    };

    expect(await ask('admin')).toMatchObject([{ running: 2, succeeded: 2, failed: 3 }]);
    expect(await ask('desk')).toMatchObject([{ running: 1, succeeded: 1, failed: 1 }]);
  });

  it('gets the trend and the step times of its own computers, without one that has left, and nothing of it either way once its records are gone', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { own, movedRun } = await twoRooms(site);
    const ask = async (name: string, token: string, parameters = {}) => {
      const body = { parameters: { deployment: own.deploymentId, ...parameters } };
      return ((await site.call('POST', `/reports/${name}`, body, token)).body as unknown as ReportResult).rows;
    };
    const { sql } = test.database;

    expect(await ask('trend', 'admin')).toMatchObject([{ runs: 3, succeeded: 1, failed: 2 }]);
    expect(await ask('trend', 'desk')).toMatchObject([{ runs: 2, succeeded: 1, failed: 1, share: 0.5 }]);
    for (const name of ['step-times', 'slowest-steps']) {
      for (const by of [{}, { by: 'model' }]) {
        expect(await ask(name, 'admin', by)).toMatchObject([{ step: 'own', succeeded: 3, totalMs: 3000 }]);
        expect(await ask(name, 'desk', by)).toMatchObject([{ step: 'own', succeeded: 2, totalMs: 2000, averageMs: 1000 }]);
      }
    }

    await sql.updateTable('runs').set({ messages_deleted: 1 }).where('id', '=', movedRun).execute();
    expect(await ask('step-times', 'desk')).toEqual([]);
    expect(await ask('step-times', 'admin')).toMatchObject([{ succeeded: 3 }]);

    const { deployment_id, task_sequence_id, ended_at } = await sql
      .deleteFrom('runs')
      .where('id', '=', movedRun)
      .returning(['deployment_id', 'task_sequence_id', 'ended_at'])
      .executeTakeFirstOrThrow();
    const day = Math.floor((ended_at ?? 0) / 86_400_000);
    await sql.insertInto('run_days').values({ day, deployment_id, task_sequence_id, state: 'failed', count: 1, total_ms: 0 }).execute();
    expect(await ask('trend', 'admin')).toMatchObject([{ runs: 3 }]);
    expect(await ask('trend', 'desk')).toMatchObject([{ runs: 2 }]);
    expect(await ask('step-times', 'desk')).toEqual([]);
  });

  it('sees of its deployment the computers that it may see, and not one that ran it and has left', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { own, other } = await twoRooms(site);
    const status = async (token: string) =>
      (await site.call('GET', `/deployments/${own.deploymentId}/status`, undefined, token)).body as unknown as DeploymentStatus;

    const [limited, all] = [await status('desk'), await status('admin')];

    expect(JSON.stringify(limited)).not.toMatch(foreign);
    expect(limited).toMatchObject({ counts: { succeeded: 1, failed: 1, running: 1 }, failures: [{ deviceNames: ['pc-own-2'] }] });
    expect(limited.devices.map(({ deviceName }) => deviceName)).toEqual(['pc-own-1', 'pc-own-2', 'pc-own-3']);
    expect(all.counts.failed).toBe(2);
    expect(all.devices.map(({ deviceName }) => deviceName)).toContain('pc-theirs-moved');
    expect((await site.call('GET', `/deployments/${other.deploymentId}/status`, undefined, 'desk')).status).toBe(404);
  });

  it('is told live of its own computers, and of nothing once it may see nothing', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { own, other, going } = await twoRooms(site);
    const leaving = await own.add(5, 'theirs-leaving');
    const left = await own.begin(5);
    await own.leave(leaving);
    const url = await site.api.listen({ host: '127.0.0.1', port: 0 });
    const watch = (id: string) => fetch(`${url}/api/v1/deployments/${id}/watch`, { headers: { authorization: 'Bearer desk' } });
    const report = ({ runId, key }: typeof going, sequence: number) =>
      site.call('POST', `/agent/runs/${runId}/status`, { messages: [aMessage(sequence)], progress: null }, key);
    expect((await watch(other.deploymentId)).status).toBe(404);
    const watching = await watch(own.deploymentId);
    const told = { text: '' };
    const ended = (async () => {
      for await (const piece of watching.body!.pipeThrough(new TextDecoderStream())) {
        told.text += piece;
        // Not let in any more: the next change ends it.
        if (told.text.includes(going.runId) && site.people.rights.delete('desk')) await report(going, 3);
      }
    })();

    await report(left, 1);
    await report(going, 2);
    await ended;

    expect(told.text).toContain('event: status');
    expect(told.text).toMatch(new RegExp(`event: message\ndata: .*"runId":"${going.runId}"`));
    expect(told.text).not.toContain(left.runId);
    expect(told.text).not.toMatch(foreign);
  });
});
