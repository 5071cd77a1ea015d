/** Another program that a site tells of events: it takes what is signed with its secret (https://www.standardwebhooks.com), and refuses everything else. */
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventMessage } from '@ostler/contract';

export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  /** What the site has to sign with. */
  readonly secret: string;
  /** Waits until it was told of so many events; what came twice counts once. @throws the signal's reason */
  waitFor(count: number, signal: AbortSignal): Promise<readonly EventMessage[]>;
}

const lookEveryMs = 250;

/** @param address one of this computer's that the site reaches */
export async function startWebhookReceiver(address: string): Promise<WebhookReceiver> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const events = new Map<string, EventMessage>();
  const answer = async (request: IncomingMessage): Promise<number> => {
    const body = await text(request);
    const { 'webhook-id': id, 'webhook-signature': signatures } = request.headers;
    if (
      typeof id !== 'string' ||
      !String(signatures)
        .split(' ')
        .includes(signatureOf(request, body, secret))
    )
      return 401;
    events.set(id, EventMessage.parse(JSON.parse(body)));
    return 204;
  };
  const server = createServer((request, response) => {
    answer(request).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(400).end(),
    );
  });
  server.listen(0, address);
  await once(server, 'listening');
  // Safe: it listens on a TCP port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}/`,
    secret,
    waitFor: async (count, signal) => {
      while (events.size < count) await sleep(lookEveryMs, undefined, { signal });
      return [...events.values()];
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function signatureOf({ headers }: IncomingMessage, body: string, secret: string): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}
