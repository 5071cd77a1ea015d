/** A program on loopback that webhooks are sent to: it keeps what it got, and answers as the test says. */
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { KeyPair } from '../src/http/servers.ts';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  /** How the next request is answered, and those after it. */
  answer: (response: ServerResponse) => void;
}

export async function startReceiver(keyPair?: KeyPair): Promise<Receiver> {
  const received: Received[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    received.push({ path: request.url ?? '', headers: request.headers, body: await text(request) });
    receiver.answer(response);
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => void handle(request, response);
  const server =
    keyPair === undefined ? createHttpServer(listener) : createHttpsServer({ cert: keyPair.certificate, key: keyPair.key }, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `${keyPair === undefined ? 'http' : 'https'}://127.0.0.1:${port}/hook`,
    received,
    answer: (response) => response.end('thank you'),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}

export function answerWith(status: number, headers: Readonly<Record<string, string>> = {}): (response: ServerResponse) => void {
  return (response) => response.writeHead(status, headers).end();
}
