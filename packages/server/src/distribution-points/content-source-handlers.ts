/** Tells an agent where to get a piece of content, with what each place wants to see. */
import { fillPath, OstlerError, streamRoutes } from '@ostler/contract';
import { requireOwnRun } from '../agent-api/handlers.ts';
import type { MayRead } from '../content/content-routes.ts';
import type { Database } from '../database/database.ts';
import type { Handlers } from '../http/handlers.ts';
import { explainSources } from './content-sources.ts';
import { contentTokenMs, type ContentTokenSigner } from './content-token.ts';

export interface ContentSourceDependencies {
  readonly database: Database;
  readonly now: () => number;
  readonly serverUrl: () => string;
  readonly tokens: ContentTokenSigner;
  readonly mayRead: MayRead;
}

export function contentSourceHandlers(dependencies: ContentSourceDependencies): Pick<Handlers, 'agent.contentSources'> {
  const { database, now, serverUrl, tokens, mayRead } = dependencies;
  return {
    'agent.contentSources': async ({ params: { id, sha256 } }, { caller, remoteAddress, log }) => {
      requireOwnRun(caller, id);
      if (!(await mayRead(caller, sha256))) throw new OstlerError('CONTENT_NOT_FOUND', { sha256 });
      const question = { address: remoteAddress, sha256, siteUrl: serverUrl(), nowMs: now() };
      const { sources } = await explainSources(database.sql, question);
      log.info({ runId: id, sha256, remoteAddress, sources: sources.map(({ name }) => name) }, 'content sources named');
      return {
        sources: sources.map(({ id: pointId, name, url }) => {
          if (pointId === null) return { name, url: url + fillPath(streamRoutes['agent.content'].path, { sha256 }), token: null };
          const token = tokens.sign({ point: pointId, sha256, expiresAtMs: now() + contentTokenMs });
          return { name, url: `${url}/content/${sha256}`, token };
        }),
      };
    },
  };
}
