import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient, type DeploymentStatus, type WatchedMessage } from '@ostler/contract';
import { expect, it } from 'vitest';
import { aDeployment } from '../../test/a-deployment.ts';
import { fetchOrExplain } from '../connection.ts';
import { deploymentCommands } from './deployment.ts';

const status: DeploymentStatus = {
  deployment: aDeployment,
  counts: { running: 0, failed: 0, cancelled: 0, succeeded: 0, 'requirements-not-met': 0, waiting: 0, unknown: 1 },
  failures: [],
  devices: [],
  preDownload: null,
  next: null,
};
const ended: DeploymentStatus = { ...status, counts: { ...status.counts, unknown: 0, succeeded: 1 } };
const message: WatchedMessage = {
  runId: 'run-1',
  deviceName: 'PC-1',
  sequence: 1,
  at: '2026-12-01T19:30:00.000Z',
  kind: 'step-succeeded',
  environment: 'boot-image',
  path: [0],
  stepName: 'Format and Partition Disk',
  stepType: 'format-and-partition-disk',
  exitCode: 0,
  durationMs: 4000,
  output: '',
  error: null,
  facts: {},
};

/** A site whose connections say these events, one after the other, and then break or end. */
async function aSite(connections: readonly (readonly [event: string, data: unknown][])[]) {
  const left = [...connections];
  const server = createServer((request, answer) => {
    if (!request.url?.endsWith('/watch')) {
      const body = request.url?.includes('/status') === true ? ended : { items: [status.deployment] };
      return void answer.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    }
    const events = left.shift() ?? [];
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [event, data] of events) answer.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (left.length > 0) setTimeout(() => answer.destroy(), 50);
    else answer.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Safe: it listens on TCP.
  const { port } = server.address() as AddressInfo;
  return {
    client: createClient({ serverUrl: `http://127.0.0.1:${port}`, token: null, fetch: fetchOrExplain }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

it('tells each status message with its computer, what runs now, and the end, also where the connection broke', async () => {
  await using site = await aSite([
    [
      ['status', status],
      ['message', message],
    ],
    [['status', { ...ended, fieldOfALaterVersion: true }]],
  ]);
  const printed: string[] = [];
  const live: string[] = [];
  const output = {
    result: (_value: unknown, human: () => string) => void printed.push(human()),
    note: () => undefined,
    progress: () => undefined,
    live: (_subject: string, text: string) => void live.push(text),
    endProgress: () => undefined,
  };
  const watch = deploymentCommands.find(({ words }) => words === 'deployment watch');

  await watch?.run({ client: site.client, output, signal: AbortSignal.timeout(20_000) }, ['deployment-1'], {});

  expect(live).toEqual(['Install → Lab (required): 1 unknown; nothing runs now', 'The site has ended the connection; asking it again']);
  expect(printed).toEqual([
    'PC-1  19:30:00  step-succeeded  Format and Partition Disk (4 s)',
    'Install → Lab (required): 1 succeeded\n\nThere are no such computers.',
  ]);
});
