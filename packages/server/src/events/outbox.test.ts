import { describe, expect, it } from 'vitest';
import { databases, silentLog } from '../../test/databases.ts';
import { aSealing } from '../../test/sealing.ts';
import type { Database } from '../database/database.ts';
import { createWebhook, getWebhook, updateWebhook } from '../webhooks/store.ts';
import { Dispatcher, type Channel } from './dispatcher.ts';
import { claimDue, deleteEndedBefore, listDeliveries, redeliver, type ClaimedDelivery } from './outbox.ts';
import { recordEvent } from './record-event.ts';

const hourMs = 3_600_000;
const backup = { job: { id: 'job-1', kind: 'backup', subject: '/srv/backup' }, code: null } as const;

/** A receiver that a test drives, and servers that send to it. */
async function outbox(database: Database) {
  const { sql } = database;
  const clock = { nowMs: Date.parse('2026-11-22T10:00:00Z') };
  const receiver = { error: null as Error | null, got: [] as ClaimedDelivery[] };
  const channel: Channel = {
    name: 'webhook',
    atOnce: 10,
    gathers: false,
    send: (_id, deliveries) => {
      if (receiver.error === null) receiver.got.push(...deliveries);
      return Promise.resolve(deliveries.map(() => receiver.error));
    },
  };
  const stopping = new AbortController();
  const server = () => new Dispatcher({ sql, channels: [channel], now: () => clock.nowMs, log: silentLog, stopping: stopping.signal });
  const own = server();
  const settings = { name: 'Tickets', url: 'https://tickets.example/', events: null, collectionIds: null, enabled: true };
  const { id } = await createWebhook(sql, settings, { seal: (await aSealing(database)).seal, nowMs: clock.nowMs });
  return {
    id,
    clock,
    receiver,
    stopping,
    server,
    happens: () => recordEvent(sql, 'backup.succeeded', { data: backup, nowMs: clock.nowMs }),
    turn: async () => {
      await own.turn();
      await own.settled();
    },
    deliveries: () => listDeliveries(sql, id, { limit: 100 }),
  };
}

describe.each(databases)('the outbox on $dialect', ({ open }) => {
  it('sends once more what has ended, when somebody asks for it, under the same id', async () => {
    await using test = await open();
    const { sql } = test.database;
    const { clock, receiver, happens, turn, deliveries } = await outbox(test.database);
    receiver.error = new Error('connection refused');
    await happens();
    const [{ id } = { id: '' }] = await deliveries();
    const again = () => redeliver(sql, 'webhook', id, clock.nowMs).then(({ state }) => state);
    await expect(again()).rejects.toMatchObject({ code: 'DELIVERY_WAITING' });
    for (let attempt = 0; attempt < 12; attempt += 1) {
      await turn();
      clock.nowMs += 12 * hourMs;
    }
    expect(await deliveries()).toMatchObject([{ state: 'given-up' }]);

    // The receiver is still away: it is tried this once.
    expect(await again()).toBe('waiting');
    await turn();
    expect(await deliveries()).toMatchObject([{ state: 'given-up' }]);
    receiver.error = null;
    await again();
    await turn();

    expect(receiver.got).toMatchObject([{ id }]);
    expect(await deliveries()).toMatchObject([{ id, state: 'delivered', error: null }]);
    await expect(redeliver(sql, 'notification', id, clock.nowMs)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('tells what happened, once', async () => {
    await using test = await open();
    const { receiver, happens, turn, deliveries } = await outbox(test.database);

    await happens();
    await turn();
    await turn();

    const message = { type: 'backup.succeeded', timestamp: '2026-11-22T10:00:00.000Z', data: backup };
    expect(receiver.got).toMatchObject([{ attempts: 1, message }]);
    expect(await deliveries()).toMatchObject([
      { id: receiver.got[0]?.id, state: 'delivered', attempts: 1, nextAttemptAt: null, error: null },
    ]);
  });

  it('tells nothing that did not happen in the end, and nothing to who is disabled or wants another kind', async () => {
    await using test = await open();
    const { sql } = test.database;
    const { id, happens, deliveries, clock } = await outbox(test.database);

    const undone = sql.transaction().execute(async (transaction) => {
      await recordEvent(transaction, 'backup.succeeded', { data: backup, nowMs: clock.nowMs });
      throw new Error('it was undone');
    });
    await expect(undone).rejects.toThrow('it was undone');
    await updateWebhook(sql, id, { enabled: false });
    await happens();
    await updateWebhook(sql, id, { enabled: true, events: ['run.failed'] });
    await happens();

    expect(await deliveries()).toEqual([]);
    expect(await sql.selectFrom('events').selectAll().execute()).toEqual([]);
  });

  it('tries again with growing delays under the same id, says what went wrong, and gives up after three days', async () => {
    await using test = await open();
    const { id, clock, receiver, happens, turn, deliveries } = await outbox(test.database);
    receiver.error = new Error('connection refused');
    await happens();
    const [{ id: deliveryId } = { id: '' }] = await deliveries();
    const delaysMs: number[] = [];

    for (;;) {
      await turn();
      const [delivery] = await deliveries();
      if (delivery?.nextAttemptAt === null || delivery === undefined) break;
      delaysMs.push(Date.parse(delivery.nextAttemptAt) - clock.nowMs);
      clock.nowMs = Date.parse(delivery.nextAttemptAt);
    }

    const seconds = delaysMs.map((ms) => ms / 1000);
    expect(seconds).toEqual([5, 60, 300, 1800, 7200, 21_600, 43_200, 43_200, 43_200, 43_200, 43_200]);
    expect(await deliveries()).toMatchObject([
      { id: deliveryId, state: 'given-up', attempts: 12, error: { message: 'connection refused' } },
    ]);
    expect(await getWebhook(test.database.sql, id)).toMatchObject({ failingSince: '2026-11-22T10:00:00.000Z', waiting: 0 });
  });

  it('asks a receiver that fails by one delivery at a time, and sends all when it is well again', async () => {
    await using test = await open();
    const { id, clock, receiver, happens, turn, deliveries } = await outbox(test.database);
    receiver.error = new Error('connection refused');
    await happens();
    await turn();
    for (let count = 0; count < 20; count += 1) await happens();

    await turn();
    expect((await deliveries()).filter(({ attempts }) => attempts > 0)).toHaveLength(2);
    receiver.error = null;
    clock.nowMs += hourMs;
    await turn();

    expect(receiver.got).toHaveLength(21);
    expect(await getWebhook(test.database.sql, id)).toMatchObject({ failingSince: null, waiting: 0 });
  });

  it('is worked on by several servers, and each delivery is sent by one of them', async () => {
    await using test = await open();
    const { receiver, server, happens } = await outbox(test.database);
    for (let count = 0; count < 50; count += 1) await happens();

    const servers = [server(), server(), server()];
    await Promise.all(servers.map((each) => each.turn()));
    await Promise.all(servers.map((each) => each.settled()));

    expect(receiver.got).toHaveLength(50);
    expect(new Set(receiver.got.map(({ id }) => id)).size).toBe(50);
  });

  it('sends again what a server took that died in the middle, after a minute', async () => {
    await using test = await open();
    const { id, clock, receiver, happens, turn, deliveries } = await outbox(test.database);
    await happens();
    await claimDue(test.database.sql, id, { nowMs: clock.nowMs, limit: 10 });

    await turn();
    expect(receiver.got).toEqual([]);
    clock.nowMs += 61_000;
    await turn();

    expect(receiver.got).toMatchObject([{ attempts: 2 }]);
    expect(await deliveries()).toMatchObject([{ state: 'delivered' }]);
  });

  it('forgets what was sent long ago, and keeps what waits', async () => {
    await using test = await open();
    const { clock, receiver, happens, turn, deliveries } = await outbox(test.database);
    await happens();
    await turn();
    receiver.error = new Error('connection refused');
    await happens();
    await turn();
    clock.nowMs += 24 * hourMs;

    expect(await deleteEndedBefore(test.database.sql, clock.nowMs)).toBe(1);

    expect(await deliveries()).toMatchObject([{ state: 'waiting' }]);
    expect(await test.database.sql.selectFrom('events').select('id').execute()).toHaveLength(1);
  });
});
