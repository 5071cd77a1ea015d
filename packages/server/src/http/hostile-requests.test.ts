/** What no honest client sends, over real connections: too slow, too large, too deep, out of the folders, again. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAppWith, type RunningApp } from '../../test/running-app.ts';

const json = 'content-type: application/json';
const login = 'POST /api/v1/login HTTP/1.1\r\nhost: ostler';

describe('the listeners', () => {
  let running: RunningApp;
  let authorization: string;
  const impatient = { headersMs: 300, bodyMs: 300, silenceMs: 120_000 };
  beforeAll(async () => {
    running = await runAppWith({ patience: impatient });
    authorization = `Bearer ${await running.signIn()}`;
  });
  afterAll(async () => running[Symbol.asyncDispose]());

  const places = {
    https: async (): Promise<Socket> => {
      const { hostname: host, port } = new URL(running.app.site.serverUrl());
      const socket = connectTls({ host, port: Number(port), ca: running.app.site.caPem });
      await once(socket, 'secureConnect');
      return socket;
    },
    http: async (): Promise<Socket> => {
      const { hostname: host, port } = new URL(running.app.site.filesUrl());
      const socket = connect({ host, port: Number(port) });
      await once(socket, 'connect');
      return socket;
    },
  };

  /** What the server says until it hangs up, while a byte now and then keeps the connection busy. */
  const trickle = async (socket: Socket, start: string): Promise<string> => {
    socket.on('error', () => undefined);
    socket.write(start);
    const timer = setInterval(() => socket.write('a'), 50);
    try {
      return await text(socket);
    } catch {
      return '';
    } finally {
      clearInterval(timer);
      socket.destroy();
    }
  };

  it.each(['https', 'http'] as const)('cut off a client that trickles its headers over %s', async (place) => {
    const answer = await trickle(await places[place](), 'GET /healthz HTTP/1.1\r\nhost: ostler\r\nx-slow: ');

    expect(answer).toMatch(/^HTTP\/1.1 408 /);
  });

  it('cut off a client that trickles its body', async () => {
    const startedAtMs = performance.now();

    await trickle(await places.https(), `${login}\r\n${json}\r\ncontent-length: 5000\r\n\r\n{"name":"`);

    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  });

  it('answer everybody else while many are slow', async () => {
    const slow = await Promise.all(Array.from({ length: 30 }, () => places.https()));
    for (const socket of slow) socket.on('error', () => undefined).write(`${login}\r\n`);

    expect((await running.app.https.inject('/healthz')).statusCode).toBe(200);

    for (const socket of slow) socket.destroy();
  });

  it('stop reading a body that grows too large without saying its length', async () => {
    const socket = await places.https();
    const said = text(socket).catch(() => '');
    socket.on('error', () => undefined);
    socket.write(`${login}\r\n${json}\r\ntransfer-encoding: chunked\r\n\r\n`);
    const piece = `10000\r\n${'a'.repeat(65_536)}\r\n`;
    for (let sent = 0; sent < 100 && !socket.destroyed; sent += 1)
      if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), sleep(200)]);
    socket.end();

    expect(await said).toMatch(/^HTTP\/1.1 413 [^]*PAYLOAD_TOO_LARGE/);
  });

  it.each([
    ['headers that are too large', `GET / HTTP/1.1\r\nhost: ostler\r\nx-large: ${'a'.repeat(40_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    ['what is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 400, 'BAD_REQUEST'],
    [
      'two lengths, as for request smuggling',
      `${login}\r\n${json}\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'BAD_REQUEST',
    ],
  ])('refuse %s with a sentence', async (_what, sent, status, code) => {
    const socket = await places.https();
    const said = text(socket);
    socket.write(sent);

    const [head = '', body = ''] = (await said).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(body)).toMatchObject({ code });
  });

  it.each(['['.repeat(10_000) + ']'.repeat(10_000), '{"steps":'.repeat(10_000) + '1' + '}'.repeat(10_000), '['.repeat(2_000_000)])(
    'refuse JSON that nests without end',
    async (payload) => {
      for (const url of ['/api/v1/task-sequences', '/api/v1/task-sequences/validate', '/api/v1/login', '/api/v1/agent/hello']) {
        const headers = { authorization, 'content-type': 'application/json' };
        const answer = await running.app.https.inject({ method: 'POST', url, headers, payload });
        expect([url, answer.statusCode, answer.json<{ code: string }>().code]).toEqual([url, 400, 'BAD_REQUEST']);
      }
    },
  );

  it.each([
    ['values that are wrong', (key: string) => ({ name: 'x', steps: [], variables: { [key]: 1 } }), 'and 49980 more'],
    ['names that are unknown', (key: string) => ({ name: 'x', steps: [], [key]: 1 }), '…'],
  ])('say in a few lines what is wrong with 50,000 %s', async (_what, bodyWith, end) => {
    const keys = Array.from({ length: 50_000 }, (_each, number) => `v${number}`);
    const payload = JSON.stringify(bodyWith('@')).replace('"@":1', keys.map((key) => `"${key}":1`).join(','));
    const headers = { authorization, 'content-type': 'application/json' };

    const answer = await running.app.https.inject({ method: 'POST', url: '/api/v1/task-sequences/validate', headers, payload });

    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ message: string }>().message).toContain(end);
    expect(answer.body.length).toBeLessThan(10_000);
  });

  it.each([
    ['too long', `/api/v1/devices/${'x'.repeat(5000)}`],
    ['impossible to decode', '/api/v1/devices/%ff%'],
  ])('refuse an address that is %s, without repeating it', async (_what, url) => {
    const answer = await running.app.https.inject({ url, headers: { authorization } });

    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'BAD_REQUEST']);
    expect(answer.body.length).toBeLessThan(300);
  });

  it('refuse a NUL character, which the databases treat differently', async () => {
    const headers = { authorization };
    const inBody = await running.app.https.inject({ method: 'POST', url: '/api/v1/collections', headers, payload: { name: 'a\u0000b' } });
    const inQuery = await running.app.https.inject({ url: '/api/v1/devices?search=a%00b', headers });

    for (const answer of [inBody, inQuery]) expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'BAD_REQUEST']);
  });
});
