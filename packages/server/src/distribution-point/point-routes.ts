/** What a distribution point answers: content for who has a token of the site for it, health, metrics. */
import { createPublicKey, timingSafeEqual } from 'node:crypto';
import { freeBytes } from '@ostler/content';
import { OstlerError, PlacedContentState } from '@ostler/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { answerFile } from '../content/content-routes.ts';
import { readContentToken } from '../distribution-points/content-token.ts';
import { bearerToken } from '../http/access.ts';
import type { KeptContent } from './kept-content.ts';
import type { Talk } from './talk-to-site.ts';

export interface PointRouteDependencies {
  readonly distributionPointId: string;
  readonly kept: KeptContent;
  readonly talk: Pick<Talk, 'siteNow' | 'lastHeardMs' | 'problem'>;
  readonly contentFolder: string;
  readonly metricsToken: string | null;
}

export function registerPointRoutes(server: FastifyInstance, dependencies: PointRouteDependencies): void {
  const { kept, talk } = dependencies;
  const registry = new Registry();
  const sent = new Counter({
    name: 'ostler_content_sent_bytes_total',
    help: 'Bytes of content sent to computers.',
    registers: [registry],
  });
  registerMetrics(server, registry, dependencies);
  server.get('/healthz', () => ({ status: 'ok' }));
  // It serves what it has also while the site is away, but not before it has heard of the site once.
  server.get('/readyz', (_request, reply) => {
    const ready = kept.terms !== null;
    return reply.status(ready ? 200 : 503).send({ ready, lastHeardMs: talk.lastHeardMs(), problem: talk.problem() });
  });
  server.route<{ Params: { sha256: string } }>({
    method: ['GET', 'HEAD'],
    url: '/content/:sha256',
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const { sha256 } = request.params;
      requireToken(request, sha256, dependencies);
      if (!kept.has(sha256)) throw new OstlerError('CONTENT_NOT_FOUND', { sha256 });
      const file = { path: kept.pathOf(sha256), sha256, contentType: 'application/octet-stream' };
      await answerFile(request, reply, file, (bytes) => sent.inc(bytes));
    },
  });
}

/** @throws OstlerError UNAUTHENTICATED for a token that is not the site's, has ended, or is for another place or piece */
function requireToken(request: FastifyRequest, sha256: string, { distributionPointId, kept, talk }: PointRouteDependencies): void {
  const token = bearerToken(request);
  if (token === null || kept.terms === null) throw new OstlerError('UNAUTHENTICATED', {});
  const claims = readContentToken(token, createPublicKey(kept.terms.contentTokenKey), talk.siteNow());
  if (claims?.sha256 !== sha256 || claims.point !== distributionPointId) throw new OstlerError('UNAUTHENTICATED', {});
}

function registerMetrics(
  server: FastifyInstance,
  registry: Registry,
  { kept, talk, contentFolder, metricsToken }: PointRouteDependencies,
): void {
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number | Promise<number>): Gauge =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  gauge('ostler_free_bytes', 'Bytes free for content.', () => freeBytes(contentFolder));
  gauge('ostler_site_heard_timestamp_seconds', 'When the site was last heard.', () => (talk.lastHeardMs() ?? 0) / 1000);
  void new Gauge({
    name: 'ostler_content_pieces',
    help: 'Pieces of content that should be here, by state.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const pieces = kept.report();
      for (const state of PlacedContentState.options) this.set({ state }, pieces.filter((piece) => piece.state === state).length);
    },
  });
  server.get('/metrics', async (request, reply) => {
    if (!isToken(bearerToken(request), metricsToken)) throw new OstlerError('UNAUTHENTICATED', {});
    return reply.type(registry.contentType).send(await registry.metrics());
  });
  server.addHook('onClose', async () => registry.clear());
}

function isToken(given: string | null, expected: string | null): boolean {
  if (given === null || expected === null) return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
