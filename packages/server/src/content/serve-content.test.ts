import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from '@ostler/testkit';
import { expect, it } from 'vitest';
import { serveContent } from './serve-content.ts';

const bytes = randomBytes(1_000_000);
const sha256 = 'a'.repeat(64);
const etag = `"${sha256}"`;

async function ask(headers: Record<string, string>, method = 'GET') {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'file');
  await writeFile(path, bytes);
  const server = createServer(
    (request, response) => void serveContent(request, response, { path, sha256, contentType: 'application/octet-stream' }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { method, headers });
    return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

it.each([
  ['bytes=0-99', 0, 100],
  ['bytes=999990-', 999_990, 1_000_000],
  ['bytes=-10', 999_990, 1_000_000],
  ['bytes=300000-900000', 300_000, 900_001],
])('content by %s is exactly that part', async (range, start, end) => {
  const { status, headers, body } = await ask({ range, 'if-range': etag });

  expect(status).toBe(206);
  expect(headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/1000000`);
  expect(body.equals(bytes.subarray(start, end))).toBe(true);
});

it.each([
  ['no range', {}],
  ['several ranges', { range: 'bytes=0-1,5-6' }],
  ['a range of another version', { range: 'bytes=5-9', 'if-range': '"other"' }],
  ['a range that ends before it starts', { range: 'bytes=9-5' }],
])('content by %s is the whole, to be kept for ever', async (_what, asked) => {
  const { status, headers, body } = await ask({ ...asked });

  expect(status).toBe(200);
  expect(headers.get('etag')).toBe(etag);
  expect(headers.get('cache-control')).toContain('immutable');
  expect(body.equals(bytes)).toBe(true);
});

it('a range beyond the end is told the size', async () => {
  const { status, headers } = await ask({ range: 'bytes=1000000-' });

  expect([status, headers.get('content-range')]).toEqual([416, 'bytes */1000000']);
});

it('what the client has already is not sent again', async () => {
  expect((await ask({ 'if-none-match': `"x", W/${etag}` })).status).toBe(304);
});

it('HEAD tells the length without the bytes', async () => {
  const { status, headers, body } = await ask({}, 'HEAD');

  expect([status, headers.get('content-length'), body.length]).toEqual([200, '1000000', 0]);
});
