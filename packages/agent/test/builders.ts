/** Small, complete values for tests: a site's assignment, a computer, a world with fake imaging. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  TaskSequenceDefinition,
  unknownHardware,
  type DeviceFacts,
  type Environment,
  type InventoryReport,
  type RunAssignment,
} from '@ostler/contract';
import type { InitialVariable } from '@ostler/task-sequence';
import { createContentAccess } from '../src/content-access.ts';
import { cacheFolderName, ContentCache } from '../src/content-cache.ts';
import { realImaging, type ImagingOperations } from '../src/imaging-operations.ts';
import { RunLog } from '../src/log.ts';
import type { RunDependencies } from '../src/run-sequence.ts';
import type { ScreenView } from '../src/screen/screen-state.ts';
import { ServerLink } from '../src/server-link.ts';
import { workDirectory } from '../src/steps/package-folder.ts';
import { Target } from '../src/target.ts';

export const facts: DeviceFacts = {
  macAddresses: ['52:54:00:00:00:01'],
  smbiosUuid: '00000000-0000-4000-8000-000000000001',
  serialNumber: 'S1',
  assetTag: '',
  manufacturer: 'QEMU',
  model: 'Standard PC',
  firmware: 'uefi',
  secureBoot: 'disabled',
  memoryBytes: 2 * 1024 ** 3,
  cpuCount: 2,
  disks: [],
};

export const inventory: InventoryReport = {
  hardware: { ...unknownHardware, manufacturer: 'QEMU', model: 'Standard PC', serialNumber: 'S1' },
  operatingSystem: null,
};

export function anAssignment(
  steps: readonly unknown[],
  variables: readonly InitialVariable[] = [],
  startsIn: Environment = 'boot-image',
): RunAssignment {
  return {
    runId: 'run-1',
    taskSequenceId: 'sequence-1',
    deploymentId: 'deployment-1',
    deviceName: 'PC-1',
    siteName: 'Test site',
    definition: TaskSequenceDefinition.parse({ name: 'Install', startsIn, steps }),
    variables: [...variables],
    images: [],
    packages: [],
    applications: [],
    journal: null,
    nextMessageSequence: 1,
    logReceivedBytes: 0,
    expectedTimes: [],
    sealingKey: randomBytes(32).toString('base64'),
    agent: { sha256: '0'.repeat(64), sizeBytes: 1 },
    boot: { serverUrl: 'https://site:8443' },
  };
}

export async function aFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'ostler-agent-'));
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await realImaging.unmountBelow(path);
      await rm(path, { recursive: true, force: true });
    },
  };
}

export function aLink(url: string): ServerLink {
  return new ServerLink({ serverUrl: url, key: 'key-1', fetch: globalThis.fetch, onConnection: () => undefined, firstWaitMs: 5 });
}

/** Of a computer that has fetched nothing before its run. */
export const noCache = (): ContentCache => new ContentCache('/nowhere');

export interface WorldOptions {
  readonly folder: string;
  readonly url: string;
  readonly environment?: 'boot-image' | 'installed-os';
  readonly imaging?: Partial<ImagingOperations>;
  readonly patienceMs?: number;
}

/** A run's world on this machine, with what it shows. */
export function someDependencies(options: WorldOptions): RunDependencies & { readonly shown: ScreenView[] } {
  const { folder, url, environment = 'boot-image', patienceMs = Number.POSITIVE_INFINITY } = options;
  const common = { serverUrl: url, ca: 'CA', bootImageId: 'boot-image-1', stateDirectory: join(folder, 'state') };
  // The disks of whoever runs the tests have much to write that is none of theirs.
  const imaging = { ...realImaging, flushDisks: () => Promise.resolve(), ...options.imaging };
  const link = aLink(url);
  const target = new Target({ imaging, mountRoot: join(folder, 'target') });
  const shown: ScreenView[] = [];
  return {
    config:
      environment === 'boot-image'
        ? { environment, bootInterface: 'eth0', commandSupport: false, ...common }
        : { environment, key: 'key-1', runId: 'run-1', networkBootEntry: null, shownOnConsole: true, ...common },
    link,
    content: createContentAccess({
      link,
      runId: 'run-1',
      fetch: globalThis.fetch,
      policy: { stallTimeoutMs: 2000, firstDelayMs: 5, longestDelayMs: 20 },
      cache: () => new ContentCache(join(workDirectory({ target, stateDirectory: common.stateDirectory }), cacheFolderName)),
    }),
    imaging,
    target,
    screen: { show: (view) => void shown.push(view) },
    debugConsole: { nextKey: null, shell: null },
    log: new RunLog(() => new Date()),
    facts,
    program: { nodePath: process.execPath, bundlePath: join(import.meta.dirname, '../src/main.ts'), libraryPaths: [] },
    handOver: {
      server: url,
      key: 'key-1',
      runId: 'run-1',
      ca: 'CA',
      bootImageId: 'boot-image-1',
      networkBootEntry: 3,
      shownOnConsole: true,
    },
    memoryDirectory: folder,
    reportEveryMs: 10,
    shipLogEveryMs: 10,
    heartbeatMs: 15_000,
    patienceMs,
    nowMs: () => Date.now(),
    shown,
  };
}
