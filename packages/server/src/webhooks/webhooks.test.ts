/** Webhooks through the API, with a receiver that verifies them. */
import { createHmac } from 'node:crypto';
import type { Delivery, Webhook } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { answerWith, startReceiver, type Received } from '../../test/receiver.ts';
import { runApp } from '../../test/running-app.ts';

type Body = Webhook & {
  readonly secret: string;
  readonly code: string;
  readonly items: Delivery[];
  readonly error: { code: string } | null;
};

async function site(...flags: readonly string[]) {
  await using cleanUp = new AsyncDisposableStack();
  const running = cleanUp.use(await runApp(...flags));
  const admin = await running.signIn();
  const owned = cleanUp.move();
  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object): Promise<Body> => {
    const headers = { authorization: `Bearer ${admin}` };
    const answer = await running.app.https.inject({
      method,
      url: `/api/v1${path}`,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
    return answer.json<Body>();
  };
  return { app: running.app, call, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
const loopbackAllowed = ['--webhooks-allowed-networks', '127.0.0.0/8'] as const;

/** The signatures that a receiver with this secret would take. */
function signatureOf({ headers, body }: Received, secret: string): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signed = `${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.${body}`;
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

describe('a webhook', () => {
  it('is told of what happens, signed, and its deliveries can be looked up', async () => {
    await using receiver = await startReceiver();
    await using test = await site(...loopbackAllowed);
    const { id, secret } = await test.call('POST', '/webhooks', { name: 'Tickets', url: receiver.url, events: ['backup.failed'] });
    const arrived = new Promise<void>((resolve) => {
      receiver.answer = (response) => {
        response.end();
        resolve();
      };
    });

    await test.call('POST', '/backups', { path: '/usr' });
    await arrived;

    const [received] = receiver.received;
    expect(received?.headers['webhook-signature']).toBe(signatureOf(received!, secret));
    expect(JSON.parse(received!.body)).toMatchObject({
      type: 'backup.failed',
      data: { job: { kind: 'backup' }, code: expect.any(String) },
    });
    const { items } = await test.call('GET', `/webhooks/${id}/deliveries`);
    expect(items).toMatchObject([{ id: received?.headers['webhook-id'], event: 'backup.failed', attempts: 1 }]);
  });

  it('is tested with one request, and says what went wrong', async () => {
    await using receiver = await startReceiver();
    await using test = await site(...loopbackAllowed);
    const { id } = await test.call('POST', '/webhooks', { name: 'Tickets', url: receiver.url, enabled: false });

    expect(await test.call('POST', `/webhooks/${id}/test`)).toMatchObject({ event: 'test', state: 'delivered', attempts: 1, error: null });
    receiver.answer = answerWith(503);
    expect(await test.call('POST', `/webhooks/${id}/test`)).toMatchObject({ state: 'given-up', error: { code: 'WEBHOOK_REFUSED' } });

    expect(receiver.received.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { type: 'test', data: { webhook: { id, name: 'Tickets' } } },
      { type: 'test' },
    ]);
  });

  it('signs with both secrets after one was replaced', async () => {
    await using receiver = await startReceiver();
    await using test = await site(...loopbackAllowed);
    const { id, secret } = await test.call('POST', '/webhooks', { name: 'Tickets', url: receiver.url });
    const rotated = await test.call('POST', `/webhooks/${id}/rotate-secret`, {});

    await test.call('POST', `/webhooks/${id}/test`);

    const [received] = receiver.received;
    const both = [signatureOf(received!, rotated.secret), signatureOf(received!, secret)];
    expect(received?.headers['webhook-signature']).toBe(both.join(' '));
  });

  it('keeps its secret, and what follows its path, out of lists, the audit log and the database', async () => {
    await using test = await site();
    const own = `whsec_${Buffer.from('a secret of my own, thirty-two B').toString('base64')}`;
    const { id } = await test.call('POST', '/webhooks', {
      name: 'Tickets',
      url: 'https://tickets.example/hook?key=hidden-key',
      secret: own,
    });

    const shown = JSON.stringify([await test.call('GET', '/webhooks'), await test.call('GET', `/webhooks/${id}`)]);
    const audit = JSON.stringify(await test.call('GET', '/audit?operation=webhooks.create'));
    const rows = JSON.stringify(await test.app.site.database.sql.selectFrom('webhooks').selectAll().execute());

    for (const text of [shown, audit, rows]) expect(text).not.toContain(own);
    expect(audit).toContain('https://tickets.example/hook?(hidden)');
    expect(audit).not.toContain('hidden-key');
  });

  it('is refused an address of this machine, another’s name and a collection that is not there; a collection that it names stays', async () => {
    await using test = await site();
    const ofTickets = { name: 'Tickets', url: 'https://tickets.example/' };
    const collection = await test.call('POST', '/collections', { name: 'Lab' });
    const { id } = await test.call('POST', '/webhooks', { ...ofTickets, collectionIds: [collection.id] });
    const codes = [
      await test.call('POST', '/webhooks', { name: 'Inside', url: 'http://127.0.0.1:8443/' }),
      await test.call('PATCH', `/webhooks/${id}`, { url: 'http://169.254.169.254/' }),
      await test.call('POST', '/webhooks', { name: 'Account', url: 'https://user:password@tickets.example/' }),
      await test.call('POST', '/webhooks', ofTickets),
      await test.call('PATCH', `/webhooks/${id}`, { collectionIds: ['collection-none'] }),
      await test.call('DELETE', `/collections/${collection.id}`),
      await test.call('GET', '/webhooks/webhook-none/deliveries'),
    ].map(({ code }) => code);

    expect(codes).toEqual([
      'WEBHOOK_ADDRESS_REFUSED',
      'WEBHOOK_ADDRESS_REFUSED',
      'BAD_REQUEST',
      'ALREADY_EXISTS',
      'NOT_FOUND',
      'IN_USE',
      'NOT_FOUND',
    ]);
    await test.call('DELETE', `/webhooks/${id}`);
    expect(await test.call('DELETE', `/collections/${collection.id}`)).toEqual({ ok: true });
  });
});
