/** A small real HTTP server that serves one piece of content and fails in the ways that networks and servers do. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Faults {
  /** The connection is cut after so many bytes of each of the next answers; an empty list: no more cuts. */
  cutAfterBytes: number[];
  /** The answer stops without an end after so many bytes, once. */
  stallAfterBytes: number | null;
  /** Statuses of the next answers. */
  statuses: number[];
  ignoreRanges: boolean;
  content: Buffer;
  etag: string;
}

export interface FaultyServer extends AsyncDisposable {
  readonly url: string;
  readonly faults: Faults;
  readonly requests: { readonly range: string | undefined; readonly ifRange: string | undefined }[];
  /** Closes every connection and the port, and listens again on the same one after the given time. */
  restart(downMs: number): Promise<void>;
}

export async function startFaultyServer(content: Buffer): Promise<FaultyServer> {
  const faults: Faults = { cutAfterBytes: [], stallAfterBytes: null, statuses: [], ignoreRanges: false, content, etag: '"first"' };
  const requests: FaultyServer['requests'] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push({ range: request.headers.range, ifRange: request.headers['if-range'] as string | undefined });
    serve(request, response, faults);
  };
  let server = await listen(answer, 0);
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}/content`,
    faults,
    requests,
    restart: async (downMs) => {
      await close();
      await sleep(downMs);
      server = await listen(answer, port);
    },
    [Symbol.asyncDispose]: close,
  };
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void, port: number): Promise<Server> {
  const server = createServer(answer);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function serve(request: IncomingMessage, response: ServerResponse, faults: Faults): void {
  const status = faults.statuses.shift();
  if (status !== undefined) {
    response.writeHead(status).end();
    return;
  }
  const start = rangeStart(request, faults);
  const from = start ?? 0;
  const total = faults.content.length;
  const body = faults.content.subarray(from);
  const range = start !== null ? { 'content-range': `bytes ${from}-${total - 1}/${total}` } : {};
  response.writeHead(start !== null ? 206 : 200, { etag: faults.etag, 'content-length': body.length, ...range });
  const cut = faults.cutAfterBytes.shift();
  if (cut !== undefined) {
    response.write(body.subarray(0, cut), () => response.destroy());
  } else if (faults.stallAfterBytes !== null) {
    response.write(body.subarray(0, faults.stallAfterBytes));
    faults.stallAfterBytes = null;
  } else {
    response.end(body);
  }
}

function rangeStart({ headers }: IncomingMessage, faults: Faults): number | null {
  const ifRange = headers['if-range'];
  const wanted = /^bytes=(?<from>\d+)-$/.exec(headers.range ?? '')?.groups?.['from'];
  if (wanted === undefined || faults.ignoreRanges) return null;
  return ifRange === undefined || ifRange === faults.etag ? Number(wanted) : null;
}
