/** The routes of content: verify and collect, and the bytes themselves for administrators and agents. Boot files are boot/boot-routes.ts. */
import { OstlerError, Sha256, streamRoutes, type Access } from '@ostler/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authorise, Caller, HandlersOf, StreamRoutes } from '../http/handlers.ts';
import type { JobQueue } from '../jobs/job-handlers.ts';
import type { ContentStore } from './content-store.ts';
import type { DirectoryContentStore } from './directory-content-store.ts';
import { serveContent, type ServedFile } from './serve-content.ts';

const hourMs = 3_600_000;

export function contentHandlers(store: Pick<DirectoryContentStore, 'collect'>, jobs: JobQueue): HandlersOf<'content'> {
  return {
    'content.verify': () => jobs.enqueue('content-verify', 'all content', {}),
    'content.collect': async ({ body }, { log }) => {
      const collected = await store.collect(body.graceHours * hourMs);
      log.info(collected, 'unreferenced content collected');
      return collected;
    },
  };
}

/** Whether a caller may read a piece. An agent: what its run refers to. A client: what its coming runs do. A distribution point: what it should have. */
export type MayRead = (caller: Caller, sha256: string) => Promise<boolean>;

export interface ContentStreamDependencies {
  readonly store: Pick<ContentStore, 'pathOf'>;
  readonly authorise: Authorise;
  readonly mayRead: MayRead;
  readonly countBytes: (bytes: number) => void;
}

type BySha = { readonly Params: { readonly sha256: string } };

/** The same bytes for administrators, agents, clients and distribution points: each under an address of its own. */
export function contentStreams({ store, authorise, mayRead, countBytes }: ContentStreamDependencies): StreamRoutes {
  return (server) => {
    for (const name of ['content.get', 'agent.content', 'preDownload.content', 'pointApi.content'] as const) {
      const { path, access } = streamRoutes[name];
      server.route<BySha>({
        method: ['GET', 'HEAD'],
        url: path,
        exposeHeadRoute: false,
        handler: async (request, reply) => {
          const caller = await authorise(request, access satisfies Access);
          const sha256 = parseSha(request.params.sha256);
          // One answer for what is not there and for what is not this caller's: nothing to be found out by asking.
          if (!(await mayRead(caller, sha256))) throw new OstlerError('CONTENT_NOT_FOUND', { sha256 });
          await answerFile(
            request,
            reply,
            { path: await store.pathOf(sha256), sha256, contentType: 'application/octet-stream' },
            countBytes,
          );
        },
      });
    }
  };
}

/** Hands the raw response to serveContent: the framework's own streams cost a quarter of the throughput. */
export async function answerFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: ServedFile,
  countBytes: (bytes: number) => void,
): Promise<void> {
  reply.hijack();
  try {
    countBytes(await serveContent(request.raw, reply.raw, file));
  } catch (error) {
    request.log.error({ err: error, sha256: file.sha256 }, 'content could not be sent');
    if (!reply.raw.headersSent) reply.raw.writeHead(500);
    reply.raw.destroy();
  }
}

function parseSha(text: string): string {
  const parsed = Sha256.safeParse(text);
  if (!parsed.success) throw new OstlerError('CONTENT_NOT_FOUND', { sha256: text });
  return parsed.data;
}
