/** Real namespaces and programs in them: needs root. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, start } from '@ostler/imaging/run';
import { describe, expect, test } from 'vitest';
import { createNetwork } from './network.ts';
import { sweep } from './sweep.ts';

const isRoot = process.getuid?.() === 0;
const signal = AbortSignal.timeout(25_000);
const namespaces = async (): Promise<string> => (await run('ip', ['netns', 'list'], { signal })).stdout;

function answers(host: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port: 7000, timeout: 1500 });
  for (const [event, answer] of [
    ['connect', true],
    ['error', false],
    ['timeout', false],
  ] as const)
    socket.once(event, () => resolve(answer));
  return promise.finally(() => socket.destroy());
}

/** The MAC address of the server's own interface. */
async function addressOfServer(namespace: string): Promise<string> {
  const { stdout } = await run('ip', ['-n', namespace, 'link', 'show', 'eth0'], { signal });
  return /link\/ether (?<address>[0-9a-f:]+)/.exec(stdout)?.groups?.['address'] ?? 'none';
}

describe.skipIf(!isRoot)('a network of the lab (needs root)', () => {
  test('lets the lab reach the server, cuts it off and on, and is gone in the end', async () => {
    const network = await createNetwork({ pid: process.pid, number: 901 }, signal);
    const { program, args } = network.inside(process.execPath, [
      '-e',
      "require('node:net').createServer((each) => each.end()).listen(7000)",
    ]);
    await start(program, args, {});
    try {
      await expect.poll(() => answers(network.addresses.server), { timeout: 10_000 }).toBe(true);
      const own = await addressOfServer(network.name);
      for (let attempt = 0; attempt < 10; attempt += 1) {
        await run('ip', ['neigh', 'flush', 'to', network.addresses.server], { signal });
        expect(await answers(network.addresses.server)).toBe(true);
        expect((await run('ip', ['neigh', 'show', network.addresses.server], { signal })).stdout).toContain(own);
      }
      await network.serverLink.cut(signal);
      expect(await answers(network.addresses.server)).toBe(false);
      await network.serverLink.restore(signal);
      expect(await answers(network.addresses.server)).toBe(true);
    } finally {
      await network[Symbol.asyncDispose]();
    }
    expect(await namespaces()).not.toContain(network.name);
  });

  test('ends what still runs in it', async () => {
    const network = await createNetwork({ pid: process.pid, number: 902 }, signal);
    const { program, args } = network.inside('sleep', ['600']);
    const sleeper = await start(program, args, {});
    await sleep(300, undefined, { signal });
    await network[Symbol.asyncDispose]();
    expect(await sleeper.exited).toBe(137);
  });

  test('of a lab that was killed is removed by the next one', async () => {
    // The highest process id: nobody has it.
    const leftOver = await createNetwork({ pid: 4_194_303, number: 1 }, signal);
    const mine = await createNetwork({ pid: process.pid, number: 903 }, signal);
    expect(await sweep([], signal)).toContain(leftOver.name);
    const rest = await namespaces();
    await mine[Symbol.asyncDispose]();
    expect(rest).toContain(mine.name);
    expect(rest).not.toContain(leftOver.name);
  });
});
