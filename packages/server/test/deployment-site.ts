/** The deployment features on a test database, with routes as the server has them. Images and boot images are the test's. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OstlerError, TaskSequenceDefinition, type BootImage, type OperatingSystemImage } from '@ostler/contract';
import { temporaryDirectory } from '@ostler/testkit';
import fastify from 'fastify';
import { AuditLog } from '../src/audit/audit-log.ts';
import { createAuditTrail } from '../src/audit/audit-trail.ts';
import { createObjectAccess } from '../src/access/object-access.ts';
import { createApplicationStore } from '../src/applications/store.ts';
import { createAgentKeys } from '../src/agent-api/agent-keys.ts';
import { loadSiteCertificates } from '../src/certificates/site-certificates.ts';
import { createDeploymentFeatures } from '../src/deployments/deployment-features.ts';
import { dataDirectoryAt, prepareDataDirectory } from '../src/data-directory.ts';
import type { Database } from '../src/database/database.ts';
import { createPointKeys } from '../src/distribution-points/enrolment.ts';
import { createAccessCheck, createAuthorise } from '../src/http/access.ts';
import { registerRoutes } from '../src/http/register-routes.ts';
import { createPlainHttpServer } from '../src/http/servers.ts';
import { answerErrors } from '../src/http/answer-errors.ts';
import { JobRunner } from '../src/jobs/job-runner.ts';
import { JobStore } from '../src/jobs/job-store.ts';
import { createPackageStore } from '../src/packages/package-store.ts';
import { createSiteSettings } from '../src/site/site-settings.ts';
import { silentLog } from './databases.ts';
import { somePeople } from './people.ts';
import { configFor } from './running-app.ts';
import { aSealing } from './sealing.ts';

export const someSha = (digit: string): string => digit.repeat(64);
export const image: OperatingSystemImage = {
  id: 'image-debian',
  name: 'Debian',
  description: '',
  origin: 'import',
  content: { sha256: someSha('1'), sizeBytes: 10 },
  compression: 'lzx',
  indexes: [
    {
      index: 1,
      name: 'Debian',
      description: '',
      edition: null,
      architecture: 'amd64',
      osVersion: null,
      languages: [],
      sizeBytes: 10,
      hardLinkBytes: 0,
      fileCount: 1,
      createdAt: null,
      modifiedAt: null,
      family: 'linux',
    },
  ],
  createdAt: '2026-11-22T00:00:00.000Z',
};
export const bootImage = {
  id: 'boot-image-1',
  version: 1,
  inUse: true,
  inputsHash: '',
  options: {} as BootImage['options'],
  kernelVersion: '6.12',
  files: Object.fromEntries(
    ['kernel', 'initramfs', 'squashfs', 'shimx64.efi', 'grubx64.efi', 'undionly.kpxe'].map((name, index) => [
      name,
      { sha256: someSha(String.fromCodePoint(97 + index)), sizeBytes: 4 },
    ]),
  ),
  createdAt: '2026-11-22T00:00:00.000Z',
} satisfies BootImage;

/** What the tests look for in answers. Each answer was checked by its route's schema before. */
export interface AnswerBody {
  readonly id: string;
  readonly code: string;
  readonly state: string;
  readonly key: string;
  readonly runId: string;
  readonly retryProof: string | null;
  readonly deviceId: string;
  readonly deploymentId?: string;
  readonly menu: readonly { readonly deploymentId: string }[];
  readonly questions: readonly unknown[];
  readonly content: readonly unknown[];
  readonly value: string;
  readonly message: string;
  readonly wrong: boolean;
  readonly retryAfterSeconds: number;
  readonly sealingKey: string;
  readonly revision: number;
  readonly acknowledged: number;
  readonly cancelRequested: boolean;
  readonly journal: unknown;
  readonly definition?: { readonly steps: readonly unknown[] };
  readonly variables: readonly unknown[];
  readonly expectedTimes: readonly unknown[];
  readonly counts: { readonly waiting: number };
  readonly items: readonly AnswerBody[];
}
export interface Answer {
  readonly status: number;
  readonly body: AnswerBody;
}

export async function deploymentSite(database: Database) {
  await using cleanUp = new AsyncDisposableStack();
  const folder = cleanUp.use(await temporaryDirectory());
  const data = dataDirectoryAt(join(folder.path, 'data'));
  await prepareDataDirectory(data);
  const clock = { nowMs: Date.parse('2026-11-22T10:00:00Z') };
  const { caPem } = await loadSiteCertificates(data.certificates, ['127.0.0.1'], clock.nowMs);
  const now = (): number => clock.nowMs;
  const people = somePeople();
  const checkAccess = createAccessCheck(people, createAgentKeys(database), createPointKeys(database));
  const objectAccess = createObjectAccess(database.sql);
  const auditLog = new AuditLog(database, now);
  const audit = createAuditTrail(auditLog);
  const stopping = new AbortController();
  const settings = createSiteSettings(database);
  const ownMachine: { smbiosUuid: string | null; macAddresses: string[] } = { smbiosUuid: null, macAddresses: [] };
  const lostContent = new Set<string>();
  const bootImages: { current: BootImage | null } = { current: bootImage };
  await mkdir(join(folder.path, 'content'));
  for (const { sha256 } of Object.values(bootImage.files)) await writeFile(join(folder.path, 'content', sha256), 'boot');
  const sealing = await aSealing(database);
  const packages = createPackageStore(database, { refer: () => Promise.resolve(), release: () => Promise.resolve() }, now);
  const features = await createDeploymentFeatures(
    {
      database,
      auditLog,
      // One server alone: its events stay with it.
      location: { dialect: 'sqlite', path: '' },
      serverId: 'server-test',
      ownMachine,
      now,
      seal: sealing.seal,
      settings,
      jobs: new JobRunner({ store: new JobStore(database), concurrency: 1, progressEveryMs: 400, now, log: silentLog }),
      data,
      log: silentLog,
      stopping: stopping.signal,
      config: configFor(data.root),
      caPem,
      authorise: createAuthorise(checkAccess, objectAccess, audit),
      serverUrl: () => 'https://127.0.0.1:8443',
      filesUrl: () => 'http://127.0.0.1:8080',
      countSentBytes: () => undefined,
      takeSpan: null,
    },
    {
      content: {
        pathOf: (sha256) => {
          if (lostContent.has(sha256)) return Promise.reject(new OstlerError('CONTENT_NOT_FOUND', { sha256 }));
          return Promise.resolve(join(folder.path, 'content', sha256));
        },
      },
      images: {
        get: (id) => (id === image.id ? Promise.resolve(image) : Promise.reject(new OstlerError('NOT_FOUND', { kind: 'image', id }))),
      },
      packages,
      applications: createApplicationStore(database, now),
      bootImages: {
        inUse: () => Promise.resolve(bootImages.current),
        list: () => Promise.resolve(bootImages.current === null ? [] : [bootImages.current]),
      },
      agentBundle: () => Promise.resolve({ ref: { sha256: someSha('9'), sizeBytes: 9 } }),
    },
  );
  const api = fastify();
  answerErrors(api);
  registerRoutes(api, features.handlers, { checkAccess, objectAccess, audit, stopping: stopping.signal });
  for (const streams of features.streams) await api.register(async (scope) => streams(scope));
  const boot = createPlainHttpServer(silentLog);
  for (const streams of features.bootStreams) await boot.register(async (scope) => streams(scope));
  // A real listener: what firmware reads is what is on the wire.
  const bootUrl = await boot.listen({ host: '127.0.0.1', port: 0 });
  cleanUp.defer(() => api.close());
  cleanUp.defer(() => boot.close());
  cleanUp.defer(() => stopping.abort());

  const call = async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    token = 'admin',
    headers = {},
  ): Promise<Answer> => {
    const answer = await api.inject({
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body === undefined ? {} : { payload: body as string | object }),
    });
    return { status: answer.statusCode, body: JSON.parse(answer.body || '{}') as AnswerBody };
  };
  const running = cleanUp.move();
  return {
    database,
    settings,
    sealing,
    features,
    /** Their content is nowhere. */
    packages,
    log: silentLog,
    clock,
    bootImages,
    people,
    /** What the test says that the server runs on. */
    ownMachine,
    /** Hashes of content that is not in the store any more. */
    lostContent,
    api,
    boot,
    call,
    /** A task sequence that runs one command; answers its id. */
    addSequence: async (name: string, changes = {}): Promise<string> =>
      (await call('POST', '/task-sequences', { ...aSequence(name), ...changes })).body.id,
    bootUrl,
    bootScript: async (mac: string, uuid: string): Promise<string> => (await fetch(`${bootUrl}/boot/grub/${mac}/${uuid}`)).text(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
export type DeploymentSite = Awaited<ReturnType<typeof deploymentSite>>;

export function aSequence(name: string): TaskSequenceDefinition {
  return TaskSequenceDefinition.parse({
    name,
    variables: { Place: 'sequence', Only: 'sequence' },
    steps: [
      { type: 'format-and-partition-disk', name: 'Disk', options: { style: 'gpt', partitions: [{ size: 100, sizeUnits: 'percent' }] } },
      { type: 'apply-operating-system-image', name: 'Apply', options: { imageId: image.id } },
    ],
  });
}

export const mac = '52:54:00:12:34:56';
export const uuid = '11223344-5566-7788-99aa-bbccddeeff00';

export function aHello(changes: { mac?: string; uuid?: string | null; claim?: string; password?: string } = {}) {
  const macAddress = changes.mac ?? mac;
  return {
    facts: {
      macAddresses: [macAddress],
      smbiosUuid: changes.uuid === undefined ? uuid : changes.uuid,
      serialNumber: '',
      assetTag: '',
      manufacturer: 'QEMU',
      model: 'Standard PC',
      firmware: 'uefi',
      secureBoot: 'disabled',
      memoryBytes: 2_147_483_648,
      cpuCount: 2,
      disks: [],
    },
    environment: 'boot-image',
    bootMacAddress: macAddress,
    bootImageId: bootImage.id,
    claim: changes.claim ?? 'c'.repeat(32),
    ...(changes.password === undefined ? {} : { password: changes.password }),
  };
}

export function aJournal(changes: object = {}) {
  return {
    revision: 1,
    startedAt: '2026-11-22T10:00:00.000Z',
    cursor: [0],
    cursorState: 'ready',
    attempts: 0,
    environment: 'boot-image',
    plannedRestart: false,
    heldRestart: null,
    unexpectedRestarts: 0,
    variables: {},
    outcomes: [],
    result: null,
    failure: null,
    ...changes,
  };
}

export function aMessage(sequence: number) {
  return {
    sequence,
    at: '2026-11-22T10:00:00.000Z',
    kind: 'note',
    environment: 'boot-image',
    path: [0],
    stepName: 'Disk',
    stepType: 'format-and-partition-disk',
    exitCode: null,
    durationMs: null,
    output: '',
    error: null,
    facts: {},
  };
}
