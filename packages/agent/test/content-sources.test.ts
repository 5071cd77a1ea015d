/** Content from several places: what a run takes from where, and what its messages say of it. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { aFolder } from './builders.ts';
import { aStep, runSteps } from './run-of-steps.ts';

const bytes = Buffer.concat([Buffer.from('#!/bin/sh\n'), randomBytes(2_000_000)]);

/** A place that answers as it is told; `asked` counts. */
async function aPlace(name: string, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    asked,
    source: { name, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: `token of ${name}` },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

const whole = (content: Buffer) => (_request: IncomingMessage, response: ServerResponse) => {
  response.writeHead(200, { 'content-length': content.length }).end(content);
};

const aPackage = (id: string) => ({ id, kind: 'script' as const, fileName: `${id}.sh`, bytes });

/** Downloads the packages into the folder, one step each. */
async function download(
  folder: string,
  ids: readonly string[],
  places: readonly { source: { name: string; url: string; token: string } }[],
) {
  const steps = ids.map((id) => aStep('download-package-content', { packageIds: [id], destination: { kind: 'path', path: folder } }));
  return runSteps(steps, { packages: ids.map(aPackage), otherSources: places.map(({ source }) => source) });
}

describe('content', () => {
  test('comes from the distribution point that the site names first, with its token, and the step says so', async () => {
    await using folder = await aFolder();
    await using near = await aPlace('Berlin', whole(bytes));
    await using run = await download(folder.path, ['package-1'], [near]);

    expect(await readFile(join(folder.path, 'package-1/package-1.sh'))).toEqual(bytes);
    expect(near.asked).toEqual(['Bearer token of Berlin']);
    expect(run.site.messages.find(({ kind }) => kind === 'step-succeeded')?.facts).toMatchObject({ contentFrom: 'Berlin 1.9 MiB' });
  });

  test('goes on from the next place where one dies in the middle', async () => {
    await using folder = await aFolder();
    await using dying = await aPlace('Berlin', (_request, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 1_500_000), () => response.destroy());
    });
    await using run = await download(folder.path, ['package-1'], [dying]);

    expect(await readFile(join(folder.path, 'package-1/package-1.sh'))).toEqual(bytes);
    const from = run.site.messages.find(({ kind }) => kind === 'step-succeeded')?.facts['contentFrom'];
    expect(from).toMatch(/^Berlin .+, the site .+$/);
  });

  test('with a wrong byte is named in a message, and its place is not asked again in this run', async () => {
    await using folder = await aFolder();
    const wrong = Buffer.from(bytes);
    wrong[5] = 0;
    await using liar = await aPlace('Munich', whole(wrong));
    await using run = await download(folder.path, ['package-1', 'package-2'], [liar]);

    expect(run.end.outcome.kind).toBe('succeeded');
    expect(await readFile(join(folder.path, 'package-2/package-2.sh'))).toEqual(bytes);
    expect(liar.asked).toHaveLength(1);
    const notes = run.site.messages.filter(({ kind }) => kind === 'note');
    expect(notes).toMatchObject([{ output: expect.stringContaining('Munich') as string, error: { code: 'CONTENT_HASH_MISMATCH' } }]);
  });

  test('comes from the site where a distribution point is gone, or refuses', async () => {
    await using folder = await aFolder();
    const gone = await aPlace('Gone', whole(bytes));
    await gone[Symbol.asyncDispose]();
    await using refusing = await aPlace('Refusing', (_request, response) => void response.writeHead(401).end());
    await using run = await download(folder.path, ['package-1'], [gone, refusing]);

    expect(run.site.messages.find(({ kind }) => kind === 'step-succeeded')?.facts).toMatchObject({ contentFrom: 'the site 1.9 MiB' });
  });
});
