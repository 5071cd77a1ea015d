import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const body = JSON.stringify({ type: 'test', timestamp: '2026-12-01T08:00:00.000Z', data: {} });

async function post({ url }: WebhookReceiver, id: string, secret: string): Promise<number> {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.1796112000.${body}`).digest('base64');
  const headers = { 'webhook-id': id, 'webhook-timestamp': '1796112000', 'webhook-signature': `v1,${signature}` };
  return (await fetch(url, { method: 'POST', headers, body })).status;
}

it('takes what is signed with its secret, the same one once, and refuses what another secret has signed', async () => {
  await using receiver = await startWebhookReceiver('127.0.0.1');
  const other = `whsec_${Buffer.alloc(32).toString('base64')}`;

  const statuses = [
    await post(receiver, 'a', receiver.secret),
    await post(receiver, 'a', receiver.secret),
    await post(receiver, 'b', other),
    await post(receiver, 'c', receiver.secret),
  ];

  expect(statuses).toEqual([204, 204, 401, 204]);
  expect(await receiver.waitFor(2, AbortSignal.timeout(1000))).toHaveLength(2);
});
