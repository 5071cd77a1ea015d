import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { uploadContent, type UploadRequest } from '../src/index.ts';

const content = randomBytes(1_000_000);
let folder: string;
let server: Server;
let received: Buffer;
let cutAtBytes: number[];
let refusal: { status: number; code?: string; message: string; details?: object } | null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ostler-upload-'));
  await writeFile(join(folder, 'file'), content);
  received = Buffer.alloc(0);
  cutAtBytes = [];
  refusal = null;
  server = await listen(0);
});
afterEach(async () => {
  await close();
  await rm(folder, { recursive: true });
});

async function listen(port: number): Promise<Server> {
  const made = createServer((request, response) => {
    void answer(request).then(({ status, body }) => response.writeHead(status).end(JSON.stringify(body)));
  });
  made.listen(port, '127.0.0.1');
  await once(made, 'listening');
  return made;
}

async function answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  if (refusal !== null) return { status: refusal.status, body: { code: 'X', details: {}, ...refusal } };
  const createdAt = new Date(0).toISOString();
  if (request.method === 'GET') {
    return { status: 200, body: { id: 'upload-1', fileName: 'f', sizeBytes: content.length, receivedBytes: received.length, createdAt } };
  }
  if (Number(request.headers['upload-offset']) !== received.length) {
    return { status: 409, body: { code: 'UPLOAD_OFFSET_WRONG', message: 'wrong', details: {} } };
  }
  const cut = cutAtBytes.shift();
  for await (const chunk of request as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    if (cut !== undefined && received.length >= cut) {
      request.destroy();
      break;
    }
  }
  return { status: 200, body: {} };
}

async function close(): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function aRequest(changes: Partial<UploadRequest> = {}): UploadRequest {
  const { port } = server.address() as AddressInfo;
  return {
    path: join(folder, 'file'),
    url: `http://127.0.0.1:${port}/upload`,
    headers: {},
    pieceBytes: 300_000,
    fetch,
    policy: { stallTimeoutMs: 1000, firstDelayMs: 10, longestDelayMs: 50 },
    signal: AbortSignal.timeout(20_000),
    report: () => undefined,
    ...changes,
  };
}

describe('an upload', () => {
  test('brings every byte in pieces and says how far it is', async () => {
    const done: number[] = [];

    await uploadContent(aRequest({ report: (progress) => done.push(progress.doneBytes) }));

    expect(received.equals(content)).toBe(true);
    expect(done.at(-1)).toBe(content.length);
  });

  test('goes on from what has arrived after the connection was cut', async () => {
    cutAtBytes = [100_000, 450_000];

    await uploadContent(aRequest());

    expect(received.equals(content)).toBe(true);
  });

  test('survives a restart of the server', async () => {
    const { port } = server.address() as AddressInfo;
    const request = aRequest();
    await close();
    const upload = uploadContent(request);
    await sleep(100);
    server = await listen(port);
    await upload;

    expect(received.equals(content)).toBe(true);
  });

  test('asks anew when the server has another offset than thought', async () => {
    received = Buffer.from(content.subarray(0, 123_456));

    await uploadContent(aRequest());

    expect(received.equals(content)).toBe(true);
  });

  test.each([
    [404, 'There is no upload upload-1.'],
    [507, 'There is not enough space.'],
  ])('ends with the server’s own sentence when it refuses with %i', async (status, message) => {
    refusal = { status, message };

    await expect(uploadContent(aRequest())).rejects.toMatchObject({ code: 'UPLOAD_REFUSED', details: { reason: message } });
  });

  test('ends at once with the server’s error and its hint when the server’s disk is full', async () => {
    const details = { path: '/srv/uploads', neededBytes: 5, freeBytes: 0 };
    refusal = { status: 507, code: 'CONTENT_DISK_FULL', message: 'There is not enough space at /srv/uploads.', details };

    const failing = uploadContent(aRequest());

    await expect(failing).rejects.toMatchObject({ code: 'CONTENT_DISK_FULL', details, hint: expect.stringContaining('Make space') });
  });
});
