import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineState } from '@ostler/contract';
import { expect, test } from 'vitest';
import { exists } from '../src/exists.ts';
import { handOver } from '../src/hand-over.ts';
import { runSequence } from '../src/run-sequence.ts';
import { createSealer } from '../src/seal.ts';
import { provisioningKeyVariable } from '../src/target.ts';
import { aFolder, anAssignment, someDependencies } from './builders.ts';
import { startFakeSite } from './fake-site.ts';

const uuid = '11111111-2222-4333-8444-555555555555';
const name = `luks-${uuid}`;
const root = {
  disk: '/dev/sdz',
  diskIndex: 0,
  number: 2,
  path: '/dev/sdz2',
  partUuid: null,
  uuid: null,
  type: 'primary',
  fileSystem: 'ext4',
  fresh: false,
  use: 'root',
  mountPoint: '/',
  encryption: { uuid, name },
};

test('a boot environment in which no step touched the encrypted disk opens it with the run’s key, and puts the agent there before the site hears of the restart', async () => {
  await using folder = await aFolder();
  await using site = await startFakeSite();
  const done: string[] = [];
  const assignment = anAssignment([{ type: 'restart-computer', name: 'Restart', options: { target: 'installed-os' } }]);
  const sealed = await createSealer(assignment.sealingKey).seal('the key');
  const journal = EngineState.parse({
    revision: 5,
    startedAt: new Date(0).toISOString(),
    cursor: [0],
    cursorState: 'ready',
    attempts: 0,
    environment: 'boot-image',
    plannedRestart: true,
    unexpectedRestarts: 0,
    variables: { _OstlerTarget0: { value: JSON.stringify(root) }, [provisioningKeyVariable(uuid)]: { sealed } },
    outcomes: [],
    result: null,
    failure: null,
  });
  site.assignment = { ...assignment, journal };
  const imaging = {
    openEncrypted: (partition: string, encryption: { readonly name: string }, key: string) => {
      done.push(`open ${partition} as ${encryption.name} with ${key}`);
      return Promise.resolve('');
    },
    mountFileSystem: async ({ device, mountPoint }: { readonly device: string; readonly mountPoint: string }) => {
      done.push(`mount ${device}`);
      await mkdir(mountPoint, { recursive: true });
    },
  };
  const world = someDependencies({ folder: folder.path, url: site.url, imaging });
  const agentFile = join(world.target.rootPath, 'var/lib/ostler/agent.json');
  const toldWith: boolean[] = [];
  const call: typeof world.link.call = async (name, request, patience) => {
    const told = 'body' in request && EngineState.safeParse(request.body).data?.environment === 'installed-os';
    if (told) toldWith.push(await exists(agentFile));
    return world.link.call(name, request, patience);
  };
  const dependencies = { ...world, link: { call, append: world.link.append.bind(world.link) } };
  const signal = AbortSignal.timeout(60_000);

  const end = await runSequence(site.assignment, dependencies, signal);
  await handOver(end, dependencies, signal);

  expect(end.outcome).toMatchObject({ kind: 'restart', target: 'installed-os' });
  expect(done.slice(0, 2)).toEqual([`open /dev/sdz2 as ${name} with the key`, `mount /dev/mapper/${name}`]);
  // From then on the site starts the disk: a power cut a moment later must find the agent there, with a key that still counts.
  expect(toldWith).toEqual([true]);
});
