/**
 * Content and all that is made of it, put together: store, uploads, images, packages, boot images, the agent's bundle.
 * Who refers to images and packages, and what an agent may read, are others' to answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { applicationHandlers } from '../applications/handlers.ts';
import { createApplicationStore, type ApplicationStore } from '../applications/store.ts';
import { createAgentBundle, agentBundleStreams, type AgentBundle } from '../boot-images/agent-bundle.ts';
import { bootImageHandlers, firstStageStreams, type FirstStageDependencies } from '../boot-images/boot-image-routes.ts';
import { createBootImageStore, type BootImageStore } from '../boot-images/boot-image-store.ts';
import { buildBootImageJob } from '../boot-images/build-job.ts';
import type { Site } from '../site/site.ts';
import { captureHandlers, imageHandlers } from '../images/image-handlers.ts';
import { createImageStore, type ImageStore } from '../images/image-store.ts';
import { createImage } from '../images/create-image.ts';
import { exportImage, importImage } from '../images/import-image.ts';
import type { Handlers, HandlersOf, StreamRoutes } from '../http/handlers.ts';
import type { JobHandlers } from '../jobs/job-handlers.ts';
import { packageHandlers } from '../packages/package-handlers.ts';
import { createPackageStore, type PackageStore } from '../packages/package-store.ts';
import { uploadHandlers, uploadStreams } from '../uploads/upload-routes.ts';
import { Uploads } from '../uploads/uploads.ts';
import { contentHandlers, contentStreams, type MayRead } from './content-routes.ts';
import type { ContentOwner, ContentStore } from './content-store.ts';
import { createContentStore, type DirectoryContentStore } from './directory-content-store.ts';
import { verifyContent } from './verify-content.ts';

/** What the stores are made from. */
export type ContentSite = Pick<Site, 'config' | 'data' | 'database' | 'jobs' | 'authorise' | 'log' | 'now' | 'caPem' | 'stopping'>;

/** What others find and read: made first, so that task sequences and runs can be made with it. */
export interface ContentParts {
  readonly content: DirectoryContentStore;
  readonly uploads: Uploads;
  readonly images: ImageStore;
  readonly packages: PackageStore;
  readonly applications: ApplicationStore;
  readonly bootImages: BootImageStore;
  readonly agentBundle: () => Promise<AgentBundle>;
}

/** What others answer. */
export interface ContentUsers {
  readonly mayRead: MayRead;
  readonly imageUsers: (imageId: string) => Promise<string[]>;
  readonly packageUsers: (packageId: string) => Promise<string[]>;
  readonly programUsers: (packageId: string, program: string) => Promise<string[]>;
  readonly versionUsers: (packageId: string) => Promise<ReadonlyMap<number, readonly string[]>>;
  readonly applicationUsers: (applicationId: string) => Promise<string[]>;
  readonly recordBootFailure: FirstStageDependencies['recordBootFailure'];
  readonly countBytes: (bytes: number) => void;
}

type ContentHandlers = HandlersOf<'content' | 'uploads' | 'images' | 'packages' | 'applications' | 'bootImages'> &
  Pick<Handlers, 'agent.createUpload' | 'agent.getUpload' | 'agent.capturedImage'>;
type ContentJobs = Pick<JobHandlers, 'image-import' | 'image-create' | 'image-export' | 'content-verify' | 'boot-image-build'>;

export interface ContentFeatures {
  readonly handlers: ContentHandlers;
  readonly streams: readonly StreamRoutes[];
  readonly jobHandlers: ContentJobs;
  /** Bundles the agent ahead of the first machine, and collects what is no longer used until the server stops. */
  start(): Promise<void>;
  /** Settles when what `start` began has ended; `stopping` has been aborted before. */
  stop(): Promise<void>;
}

const hourMs = 3_600_000;
const abandonedUploadMs = 24 * hourMs;

export function createContentParts({ data, database, now, stopping }: ContentSite): ContentParts {
  const content = createContentStore({ database, directory: data.content, incoming: data.temporary, now });
  return {
    content,
    uploads: new Uploads({ database, directory: data.uploads, now }),
    images: createImageStore(database, content, now),
    packages: createPackageStore(database, content, now),
    applications: createApplicationStore(database, now),
    bootImages: createBootImageStore(database, content, now),
    agentBundle: createAgentBundle({
      packagesDirectory: join(import.meta.dirname, '../../..'),
      cacheDirectory: join(data.cache, 'agent'),
      signal: stopping,
    }),
  };
}

export function createContentFeatures(site: ContentSite, parts: ContentParts, users: ContentUsers): ContentFeatures {
  const { authorise, jobs, log, stopping } = site;
  const { content, uploads, bootImages, agentBundle } = parts;
  const { countBytes } = users;
  const background: Promise<void>[] = [];
  return {
    handlers: {
      ...contentHandlers(content, jobs),
      ...uploadHandlers(uploads),
      ...imageHandlers({ ...parts, ...users, jobs }),
      ...captureHandlers({ ...parts, log, stopping }),
      ...packageHandlers({ ...parts, ...users, packageUsers: (id) => packageUsers(id, parts, users) }),
      ...applicationHandlers({ ...parts, ...users }),
      ...bootImageHandlers(bootImages, jobs),
    },
    streams: [
      contentStreams({ ...users, store: content, authorise }),
      uploadStreams(uploads, authorise),
      firstStageStreams({ ...parts, ...users }),
      agentBundleStreams(agentBundle, countBytes),
    ],
    jobHandlers: contentJobs(site, parts),
    start: async () => {
      background.push(bundleAhead(site, agentBundle));
      await uploads.removeAbandoned(abandonedUploadMs);
      background.push(tidyUp(site, parts));
    },
    stop: async () => {
      await Promise.all(background);
    },
  };
}

function contentJobs({ config, data, caPem }: ContentSite, parts: ContentParts): ContentJobs {
  const build = {
    ...parts,
    siteCaPem: caPem,
    nodeBinary: process.execPath,
    workDirectory: data.temporary,
    cacheDirectory: join(data.cache, 'boot-image'),
  };
  const create = { ...parts, workDirectory: data.temporary, defaultMirror: config.debianMirror, isRoot: process.getuid?.() === 0 };
  return {
    'image-import': (payload, work) => importImage(payload, work, parts),
    'image-create': (payload, work) => createImage(payload, work, create),
    'image-export': (payload, work) => exportImage(payload, work, parts),
    'content-verify': (_payload, work) => verifyContent({ store: parts.content, nameOf: (owner) => nameOf(owner, parts) }, work),
    'boot-image-build': (payload, work) => buildBootImageJob(payload, work, build),
  };
}

async function packageUsers(id: string, { applications }: ContentParts, users: ContentUsers): Promise<string[]> {
  const installers = (await applications.list()).filter(({ packageId }) => packageId === id);
  return [...installers.map(({ name }) => `the application ${name}`), ...(await users.packageUsers(id))];
}

/** What people call an owner of content; its id when the row is gone. */
async function nameOf(owner: ContentOwner, { images, packages, bootImages }: ContentParts): Promise<string> {
  const names: { readonly [K in ContentOwner['kind']]: () => Promise<string> } = {
    image: async () => `image ${(await images.get(owner.id)).name}`,
    'package-version': () => packages.nameOfVersion(owner.id),
    'boot-image': async () => `boot image version ${(await bootImages.get(owner.id)).version}`,
  };
  return names[owner.kind]().catch(() => `${owner.kind} ${owner.id}`);
}

async function bundleAhead({ log, stopping }: ContentSite, agentBundle: ContentParts['agentBundle']): Promise<void> {
  try {
    await agentBundle();
  } catch (error) {
    if (!stopping.aborted) log.error({ err: error }, 'the agent cannot be bundled');
  }
}

async function tidyUp(
  { config, log, stopping }: ContentSite,
  { content, uploads }: Pick<ContentParts, 'uploads'> & { content: Pick<DirectoryContentStore, 'collect'> & ContentStore },
) {
  while (!stopping.aborted) {
    try {
      await sleep(hourMs, undefined, { signal: stopping, ref: false });
      const collected = await content.collect(config.content.graceHours * hourMs);
      const uploadsRemoved = await uploads.removeAbandoned(abandonedUploadMs);
      if (collected.deleted + uploadsRemoved > 0) log.info({ ...collected, uploadsRemoved }, 'unused content removed');
    } catch (error) {
      if (!stopping.aborted) log.error({ err: error }, 'unused content could not be removed');
    }
  }
}
