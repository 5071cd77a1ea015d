import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OstlerError, toErrorBody } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import { aLink } from './builders.ts';

/** A server that gives these answers one after the other, and the last one from then on. */
async function startAnswering(answers: { readonly status: number; readonly body: unknown }[]) {
  let asked = 0;
  const server = createServer((_request, response) => {
    const { status, body } = answers[Math.min(asked, answers.length - 1)] ?? { status: 500, body: null };
    asked += 1;
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    link: aLink(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

const forEver = { signal: AbortSignal.timeout(20_000), patienceMs: Number.POSITIVE_INFINITY };
const body = { fileName: 'captured.wim', sizeBytes: 10 };
const upload = { id: 'upload-1', ...body, receivedBytes: 0, createdAt: new Date(0).toISOString() };
const answerOf = (error: OstlerError) => ({ status: error.status, body: toErrorBody(error) });

describe('a call of a step that waits for ever', () => {
  test.each([
    new OstlerError('CONTENT_DISK_FULL', { path: '/srv', neededBytes: 10, freeBytes: 1 }),
    new OstlerError('COMMAND_NOT_FOUND', { program: 'wimlib-imagex' }),
  ])('ends at once with sentence and hint where the server says $code', async (error) => {
    await using server = await startAnswering([answerOf(error)]);

    const calling = server.link.call('agent.createUpload', { body }, forEver);

    await expect(calling).rejects.toMatchObject({ code: error.code, message: error.message, hint: error.hint });
    expect(server.asked()).toBe(1);
  });

  test('waits through a server that fails, is overloaded or is behind a proxy in trouble', async () => {
    const passing = [
      answerOf(new OstlerError('INTERNAL', {})),
      answerOf(new OstlerError('TOO_MANY_ATTEMPTS', { seconds: 1 })),
      answerOf(new OstlerError('DATABASE_UNREACHABLE', { database: 'site', reason: 'it restarts' })),
      { status: 502, body: null },
    ];
    await using server = await startAnswering([...passing, { status: 200, body: upload }]);

    expect(await server.link.call('agent.createUpload', { body }, forEver)).toEqual(upload);
    expect(server.asked()).toBe(5);
  });
});

test('a call that a busy site asks to make later is not made sooner, and whoever has no patience for that hears when', async () => {
  const busy = answerOf(new OstlerError('SERVER_BUSY', { seconds: 9 }));
  await using server = await startAnswering([busy, { status: 200, body: upload }]);

  const calling = server.link.call('agent.createUpload', { body }, { signal: AbortSignal.timeout(20_000), patienceMs: 8000 });

  await expect(calling).rejects.toMatchObject({ code: 'SERVER_BUSY', details: { seconds: 9 } });
  expect(server.asked()).toBe(1);
});
