import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { downloadStream, uploadStream } from '../src/index.ts';
import { startFaultyServer } from './faulty-server.ts';

const policy = { stallTimeoutMs: 1000, firstDelayMs: 5, longestDelayMs: 20 };
const bytes = randomBytes(1_000_000);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const common = { headers: {}, fetch: globalThis.fetch, policy, report: () => undefined };

async function* pieces(sizeBytes = 33_333): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += sizeBytes) yield bytes.subarray(start, start + sizeBytes);
}

/** Takes appended bytes as the site does, and goes wrong as often as it is told. */
async function startReceiver(faults: ('cut-before' | 'cut-in-between' | 'answer-lost' | 'busy')[]) {
  let received = Buffer.alloc(0);
  const server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'GET') return void response.end(JSON.stringify({ receivedBytes: received.length }));
    const fault = faults.shift();
    if (fault === 'cut-before') return void request.socket.destroy();
    if (fault === 'busy') return void response.writeHead(503).end();
    const body = await buffer(request);
    if (Number(request.headers['upload-offset']) !== received.length) return void response.writeHead(409).end();
    received = Buffer.concat([received, fault === 'cut-in-between' ? body.subarray(0, 1000) : body]);
    if (fault !== undefined) return void request.socket.destroy();
    response.writeHead(204).end();
  };
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/store`,
    received: () => received,
    forget: (count: number) => {
      received = received.subarray(0, received.length - count);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

describe('bytes that are made while they are sent', () => {
  it('all arrive once, through cuts before, in between and after a piece', async () => {
    await using receiver = await startReceiver(['cut-before', 'cut-in-between', 'busy', 'answer-lost']);

    const sent = await uploadStream({
      ...common,
      url: receiver.url,
      source: pieces(),
      pieceBytes: 100_000,
      expectedBytes: 0,
      signal: AbortSignal.timeout(20_000),
    });

    expect(sent).toEqual({ sha256, sizeBytes: bytes.length });
    expect(receiver.received().equals(bytes)).toBe(true);
  });

  it('are not sent on when the server has lost what it had: nobody has it any more', async () => {
    await using receiver = await startReceiver([]);
    const source = async function* (): AsyncGenerator<Buffer> {
      yield bytes.subarray(0, 100_000);
      yield bytes.subarray(100_000, 200_000);
      receiver.forget(150_000);
      yield bytes.subarray(200_000);
    };

    const sending = uploadStream({
      ...common,
      url: receiver.url,
      source: source(),
      pieceBytes: 50_000,
      expectedBytes: 0,
      signal: AbortSignal.timeout(20_000),
    });

    await expect(sending).rejects.toMatchObject({ code: 'UPLOAD_REFUSED' });
  });
});

describe('bytes that are used as they come', () => {
  it('are all there, in order, after the connection was cut twice and the server was away', async () => {
    await using server = await startFaultyServer(bytes);
    server.faults.cutAfterBytes = [300_000, 200_000];
    server.faults.statuses = [503];

    const received = await buffer(
      downloadStream({ ...common, url: server.url, ref: { sha256, sizeBytes: bytes.length }, signal: AbortSignal.timeout(20_000) }),
    );

    expect(received.equals(bytes)).toBe(true);
  });

  it('that are not those asked for end with an error', async () => {
    await using server = await startFaultyServer(bytes);
    const ref = { sha256: '0'.repeat(64), sizeBytes: bytes.length };

    const receiving = buffer(downloadStream({ ...common, url: server.url, ref, signal: AbortSignal.timeout(20_000) }));

    await expect(receiving).rejects.toMatchObject({ code: 'CONTENT_HASH_MISMATCH' });
  });
});
