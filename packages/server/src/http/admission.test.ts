/** A fleet that asks all at once: some are worked on, some wait, the others hear when to ask again. */
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { fillPath, routes, type RouteName } from '@ostler/contract';
import fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { silentLog } from '../../test/databases.ts';
import { Admission, type Asker, type QueueLimits } from './admission.ts';
import { answerErrors } from './answer-errors.ts';

const small: QueueLimits = { atOnce: 1, waiting: 1, askAgainSeconds: [5, 9] };
const limits: Readonly<Record<Asker, QueueLimits>> = { firmware: small, agent: small, client: small };
const asked = ['agent.hello', 'agent.report', 'client.poll', 'devices.list'] as const satisfies readonly RouteName[];
type Asked = (typeof asked)[number];

/** A server whose work ends when the test lets it. */
async function startServer() {
  const admission = new Admission({ limits, now: Date.now, log: silentLog });
  const server = fastify();
  answerErrors(server);
  admission.putOn(server);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  for (const name of asked) {
    const { method, path } = routes[name];
    server.route({
      method,
      url: path,
      handler: async ({ headers }) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        begun.push(`${name} ${String(headers['x-who'])}`);
        ends.push(resolve);
        await promise;
        return { done: true };
      },
    });
  }
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const ask = (name: Asked, who: string): ClientRequest => {
    const { method, path } = routes[name];
    const call = request({
      host: '127.0.0.1',
      port,
      method,
      path: fillPath(path, { id: 'run-1' }),
      agent: false,
      headers: { 'x-who': who },
    });
    call.on('error', () => undefined).end();
    return call;
  };
  return {
    admission,
    begun,
    ask,
    endFirst: () => ends.shift()?.(),
    [Symbol.asyncDispose]: async () => {
      server.server.closeAllConnections();
      for (const end of ends) end();
      await server.close();
    },
  };
}

async function answerOf(call: ClientRequest): Promise<{ status: number | undefined; retryAfter: number; body: unknown }> {
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, retryAfter: Number(answer.headers['retry-after']), body: await json(answer) };
}

describe('a server that is asked more than it can answer', () => {
  test('works on some, lets some wait for their turn, and tells the others when to ask again', async () => {
    await using server = await startServer();
    const first = server.ask('agent.hello', 'first');
    await expect.poll(() => server.begun).toEqual(['agent.hello first']);
    const second = server.ask('agent.report', 'second');
    await expect.poll(() => server.admission.figuresOf('agent')).toMatchObject({ atWork: 1, waiting: 1 });

    const refused = await answerOf(server.ask('agent.hello', 'third'));

    expect(refused).toMatchObject({ status: 503, body: { code: 'SERVER_BUSY', details: { seconds: refused.retryAfter } } });
    expect(refused.retryAfter).toBeGreaterThanOrEqual(5);
    expect(refused.retryAfter).toBeLessThanOrEqual(9);
    expect(server.begun).toEqual(['agent.hello first']);
    server.endFirst();
    expect(await answerOf(first)).toMatchObject({ status: 200 });
    await expect.poll(() => server.begun).toEqual(['agent.hello first', 'agent.report second']);
    server.endFirst();
    expect(await answerOf(second)).toMatchObject({ status: 200 });
    expect(server.admission.figuresOf('agent')).toMatchObject({ deferred: 1, waiting: 0 });
    await expect.poll(() => server.admission.figuresOf('agent').atWork).toBe(0);
  });

  test('does nothing for who has gone before it was their turn', async () => {
    await using server = await startServer();
    server.ask('agent.hello', 'first');
    await expect.poll(() => server.begun).toHaveLength(1);
    const gone = server.ask('agent.hello', 'gone');
    await expect.poll(() => server.admission.figuresOf('agent').waiting).toBe(1);

    gone.destroy();
    await expect.poll(() => server.admission.figuresOf('agent').waiting).toBe(0);
    server.ask('agent.hello', 'last');
    await expect.poll(() => server.admission.figuresOf('agent').waiting).toBe(1);
    server.endFirst();

    await expect.poll(() => server.begun).toEqual(['agent.hello first', 'agent.hello last']);
  });

  test('has a part for clients that runs do not take, and holds people up with neither', async () => {
    await using server = await startServer();
    server.ask('agent.report', 'first');
    await expect.poll(() => server.begun).toHaveLength(1);
    for (const who of ['second', 'third']) server.ask('agent.report', who);
    await expect.poll(() => server.admission.figuresOf('agent').deferred).toBe(1);

    server.ask('client.poll', 'client');
    for (const who of ['one', 'other']) server.ask('devices.list', who);

    await expect
      .poll(() => server.begun.toSorted())
      .toEqual(['agent.report first', 'client.poll client', 'devices.list one', 'devices.list other']);
  });
});
