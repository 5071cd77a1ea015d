/** The agent's program as one file: bundled from its sources when they changed, kept in the cache by their hash. */
import { createHash } from 'node:crypto';
import { glob, mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashFile } from '@ostler/content';
import { OstlerError, streamRoutes, type ContentRef } from '@ostler/contract';
import { run } from '@ostler/imaging/run';
import { answerFile } from '../content/content-routes.ts';
import type { StreamRoutes } from '../http/handlers.ts';

export interface AgentBundle {
  readonly ref: ContentRef;
  readonly path: string;
}

export interface AgentBundleOptions {
  /** The folder that holds `agent`, `contract` and the other packages. */
  readonly packagesDirectory: string;
  readonly cacheDirectory: string;
  readonly signal: AbortSignal;
}

/** What the agent may import (the import table). */
const bundledPackages = ['agent', 'contract', 'content', 'imaging', 'task-sequence'] as const;

/** Answers the bundle, made at the first call; a failed attempt is made again at the next. */
export function createAgentBundle(options: AgentBundleOptions): () => Promise<AgentBundle> {
  let made: Promise<AgentBundle> | null = null;
  return () => {
    made ??= makeBundle(options).catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}

async function makeBundle({ packagesDirectory, cacheDirectory, signal }: AgentBundleOptions): Promise<AgentBundle> {
  const path = join(cacheDirectory, `agent-${await hashSources(packagesDirectory)}.mjs`);
  if ((await stat(path).catch(() => null)) === null) {
    signal.throwIfAborted();
    await mkdir(cacheDirectory, { recursive: true });
    const temporary = `${path}.${process.pid}.new`;
    await bundle(join(packagesDirectory, 'agent/src/main.ts'), temporary, signal);
    await rename(temporary, path);
  }
  return { ref: await hashFile(path, { signal }), path };
}

/** In a process of its own: the bundler takes more memory than the whole server. */
async function bundle(input: string, target: string, signal: AbortSignal): Promise<void> {
  const program = fileURLToPath(new URL('bin/cli.mjs', import.meta.resolve('rolldown/package.json')));
  const options = ['--platform', 'node', '--format', 'esm', '--no-codeSplitting', '--log-level', 'silent'];
  try {
    await run(process.execPath, [program, input, '--file', target, ...options], { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new OstlerError('AGENT_BUNDLE_FAILED', { reason }, { cause: error });
  }
}

/** The sources, and the lock file for what comes from elsewhere. */
async function hashSources(packagesDirectory: string): Promise<string> {
  const hash = createHash('sha256');
  hash.update(await readFile(join(packagesDirectory, '../package-lock.json')).catch(() => ''));
  for (const name of bundledPackages) {
    const folder = join(packagesDirectory, name);
    const paths = (await Array.fromAsync(glob('src/**/*.ts', { cwd: folder }))).filter((path) => !path.endsWith('.test.ts'));
    for (const path of paths.toSorted()) hash.update(JSON.stringify([name, path, await readFile(join(folder, path), 'utf8')]));
  }
  return hash.digest('hex').slice(0, 32);
}

/** `/api/v1/agent/bundle/:sha256`: the one that is in use. */
export function agentBundleStreams(agentBundle: () => Promise<AgentBundle>, countBytes: (bytes: number) => void): StreamRoutes {
  return (server) => {
    server.route<{ Params: { sha256: string } }>({
      method: ['GET', 'HEAD'],
      url: streamRoutes['agent.bundle'].path,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const { ref, path } = await agentBundle();
        if (request.params.sha256 !== ref.sha256) throw new OstlerError('CONTENT_NOT_FOUND', { sha256: request.params.sha256 });
        await answerFile(request, reply, { path, sha256: ref.sha256, contentType: 'text/javascript' }, countBytes);
      },
    });
  };
}
