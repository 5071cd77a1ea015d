/** Boundaries, boundary groups and distribution points, put together. */
import { join } from 'node:path';
import { boundaryHandlers } from '../boundaries/handlers.ts';
import { issueCertificate } from '../certificates/site-certificates.ts';
import type { MayRead } from '../content/content-routes.ts';
import type { Handlers, HandlersOf } from '../http/handlers.ts';
import type { Site } from '../site/site.ts';
import { openContentTokenSigner } from './content-token.ts';
import { contentSourceHandlers } from './content-source-handlers.ts';
import { applicationDistribution, distributionOf, type DistributionSources } from './distribution.ts';
import { distributionPointHandlers } from './handlers.ts';
import { pointApiHandlers } from './point-handlers.ts';

export type DistributionPointHandlers = HandlersOf<'boundaries' | 'boundaryGroups' | 'distribution' | 'distributionPoints' | 'pointApi'> &
  Pick<Handlers, 'agent.contentSources' | 'preDownload.sources'>;

/** Opens the key that signs content tokens, or makes it. @throws OstlerError DATA_DIRECTORY_UNUSABLE */
export async function createDistributionPointFeatures(
  site: Pick<Site, 'database' | 'now' | 'data' | 'settings' | 'serverUrl' | 'caPem'>,
  { mayRead, applications }: { readonly mayRead: MayRead } & Pick<DistributionSources, 'applications'>,
): Promise<{ readonly handlers: DistributionPointHandlers }> {
  const { data, now, caPem } = site;
  // Beside the CA: servers that share one share the other.
  const tokens = await openContentTokenSigner(join(data.certificates, 'content-token.key'));
  const sources = (): DistributionSources => ({ sql: site.database.sql, nowMs: now(), applications });
  return {
    handlers: {
      ...boundaryHandlers(site),
      ...distributionPointHandlers(site),
      'distribution.image': ({ params }) => distributionOf('image', params.id, sources()),
      'distribution.package': ({ params }) => distributionOf('package', params.id, sources()),
      'distribution.application': ({ params }) => applicationDistribution(params.id, sources()),
      ...contentSourceHandlers({ ...site, tokens, mayRead }),
      ...pointApiHandlers({
        ...site,
        tokens,
        issueCertificate: (request, host) => issueCertificate({ folder: data.certificates, caPem }, request, host, now()),
      }),
    },
  };
}
