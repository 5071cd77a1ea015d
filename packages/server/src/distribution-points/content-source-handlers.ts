/** Tells an agent or a client where to get a piece of content, with what each place wants to see. */
import { fillPath, OstlerError, streamRoutes, type ContentSources } from '@ostler/contract';
import { requireOwnRun } from '../agent-api/handlers.ts';
import { requireClient } from '../clients/require-client.ts';
import type { MayRead } from '../content/content-routes.ts';
import type { Database } from '../database/database.ts';
import type { Caller, Handlers, RequestContext } from '../http/handlers.ts';
import { explainSources } from './content-sources.ts';
import { contentTokenMs, type ContentTokenSigner } from './content-token.ts';

export interface ContentSourceDependencies {
  readonly database: Database;
  readonly now: () => number;
  readonly serverUrl: () => string;
  readonly tokens: ContentTokenSigner;
  readonly mayRead: MayRead;
}

type SourceHandlers = Pick<Handlers, 'agent.contentSources' | 'preDownload.sources'>;

export function contentSourceHandlers(dependencies: ContentSourceDependencies): SourceHandlers {
  return {
    'agent.contentSources': async ({ params: { id, sha256 } }, { caller, remoteAddress, log }) => {
      requireOwnRun(caller, id);
      const answer = await sourcesFor({ caller, remoteAddress, sha256, path: streamRoutes['agent.content'].path }, dependencies);
      log.info({ runId: id, sha256, remoteAddress, sources: answer.sources.map(({ name }) => name) }, 'content sources named');
      return answer;
    },
    'preDownload.sources': async ({ params: { sha256 } }, { caller, remoteAddress, log }) => {
      const { deviceId } = requireClient(caller);
      const answer = await sourcesFor({ caller, remoteAddress, sha256, path: streamRoutes['preDownload.content'].path }, dependencies);
      const sources = answer.sources.map(({ name }) => name);
      log.info({ deviceId, sha256, remoteAddress, sources }, 'content sources named to a client');
      return answer;
    },
  };
}

interface SourceQuestion extends Pick<RequestContext, 'remoteAddress'> {
  readonly caller: Caller;
  readonly sha256: string;
  /** Where the site itself has it for this caller. */
  readonly path: string;
}

/** @throws OstlerError CONTENT_NOT_FOUND also for what is not this caller's */
async function sourcesFor(
  { caller, remoteAddress, sha256, path }: SourceQuestion,
  { database, now, serverUrl, tokens, mayRead }: ContentSourceDependencies,
): Promise<ContentSources> {
  if (!(await mayRead(caller, sha256))) throw new OstlerError('CONTENT_NOT_FOUND', { sha256 });
  const question = { address: remoteAddress, sha256, siteUrl: serverUrl(), nowMs: now() };
  const { sources } = await explainSources(database.sql, question);
  return {
    sources: sources.map(({ id: pointId, name, url }) => {
      if (pointId === null) return { name, url: url + fillPath(path, { sha256 }), token: null };
      const token = tokens.sign({ point: pointId, sha256, expiresAtMs: now() + contentTokenMs });
      return { name, url: `${url}/content/${sha256}`, token };
    }),
  };
}
