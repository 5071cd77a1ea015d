/** What a computer fetches to get a client: the script that installs it, and the program it runs on. */
import { basename } from 'node:path';
import { hashFile } from '@ostler/content';
import { OstlerError, streamRoutes, type ContentRef, type SiteSettings } from '@ostler/contract';
import { ownLibraries } from '@ostler/imaging';
import { answerFile } from '../content/content-routes.ts';
import type { StreamRoutes } from '../http/handlers.ts';
import { installScript } from './install-script.ts';

export interface ClientStreamDependencies {
  readonly agentBundle: () => Promise<{ readonly ref: ContentRef }>;
  readonly serverUrl: () => string;
  readonly caPem: string;
  readonly settings: { get(): Promise<Pick<SiteSettings, 'name'>> };
  readonly countBytes: (bytes: number) => void;
}

/** What the client runs on, by hash. */
interface ProgramFile {
  /** Its name in the folder that it comes into. */
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
}

const hashLimitMs = 60_000;

export function clientStreams(dependencies: ClientStreamDependencies): StreamRoutes {
  const { agentBundle, serverUrl, caPem, settings, countBytes } = dependencies;
  const program = remembered(hashOwnProgram);
  return (server) => {
    server.get(streamRoutes['client.installScript'].path, async (_request, reply) => {
      const { ref } = await agentBundle();
      const [node, ...libraries] = await program();
      void reply.type(streamRoutes['client.installScript'].contentType).header('cache-control', 'no-store');
      const facts = { nodeSha256: node?.sha256 ?? '', libraries, bundleSha256: ref.sha256, architecture: process.arch };
      return installScript({ ...facts, siteName: (await settings.get()).name, serverUrl: serverUrl(), caPem });
    });
    server.route<{ Params: { sha256: string } }>({
      method: ['GET', 'HEAD'],
      url: streamRoutes['client.program'].path,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const { sha256 } = request.params;
        const file = (await program()).find((each) => each.sha256 === sha256);
        if (file === undefined) throw new OstlerError('CONTENT_NOT_FOUND', { sha256 });
        await answerFile(request, reply, { path: file.path, sha256, contentType: 'application/octet-stream' }, countBytes);
      },
    });
  };
}

/** This server's own Node.js first, then its libraries. */
function hashOwnProgram(): Promise<ProgramFile[]> {
  const files = [
    { name: 'node', path: process.execPath },
    ...ownLibraries()
      .toSorted()
      .map((path) => ({ name: basename(path), path })),
  ];
  const signal = AbortSignal.timeout(hashLimitMs);
  return Promise.all(files.map(async (file) => ({ ...file, sha256: (await hashFile(file.path, { signal })).sha256 })));
}

/** Made when it is first asked for; a failed attempt is made again at the next. */
function remembered<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
