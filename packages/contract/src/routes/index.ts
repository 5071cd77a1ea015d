/** The route table: every typed call of the API by name. */
import type { z } from 'zod';
import { accessRoutes } from './access.ts';
import { agentRoutes, agentStreams } from './agent.ts';
import { alertRoutes } from './alert.ts';
import { applicationRoutes } from './application.ts';
import { boundaryRoutes } from './boundary.ts';
import { collectionRoutes } from './collection.ts';
import { auditRoutes } from './audit.ts';
import { clientRoutes, clientStreams } from './client.ts';
import { contentRoutes, contentStreams } from './content.ts';
import { aboutObjects, type RouteDefinition } from './define.ts';
import { deploymentRoutes, deploymentStreams } from './deployment.ts';
import { deviceRoutes } from './device.ts';
import { deviceUserRoutes } from './device-user.ts';
import { identityProviderRoutes, identityProviderStreams } from './identity-provider.ts';
import { inventoryRoutes } from './inventory.ts';
import { distributionPointRoutes, distributionPointStreams } from './distribution-point.ts';
import { mailRoutes } from './mail.ts';
import { maintenanceWindowRoutes } from './maintenance-window.ts';
import { recoveryKeyRoutes } from './recovery-key.ts';
import { secondFactorRoutes } from './second-factor.ts';
import { reportRoutes } from './report.ts';
import { retentionRoutes } from './retention.ts';
import { siteRoutes } from './site.ts';
import { stateStoreRoutes, stateStoreStreams } from './state-store.ts';
import { taskSequenceRoutes } from './task-sequence.ts';
import { webhookRoutes } from './webhook.ts';

export const routes = aboutObjects({
  ...siteRoutes,
  ...secondFactorRoutes,
  ...identityProviderRoutes,
  ...accessRoutes,
  ...auditRoutes,
  ...webhookRoutes,
  ...mailRoutes,
  ...contentRoutes,
  ...applicationRoutes,
  ...boundaryRoutes,
  ...distributionPointRoutes,
  ...taskSequenceRoutes,
  ...deviceRoutes,
  ...deviceUserRoutes,
  ...collectionRoutes,
  ...maintenanceWindowRoutes,
  ...inventoryRoutes,
  ...recoveryKeyRoutes,
  ...stateStoreRoutes,
  ...deploymentRoutes,
  ...alertRoutes,
  ...reportRoutes,
  ...retentionRoutes,
  ...agentRoutes,
  ...clientRoutes,
} as const);
export const streamRoutes = aboutObjects({
  ...identityProviderStreams,
  ...contentStreams,
  ...deploymentStreams,
  ...agentStreams,
  ...clientStreams,
  ...stateStoreStreams,
  ...distributionPointStreams,
} as const);

export type RouteName = keyof typeof routes;
type Routes = typeof routes;
type InputOf<R, K extends string> = R extends Record<K, infer S extends z.ZodType> ? z.input<S> : undefined;
type OutputOf<R, K extends string> = R extends Record<K, infer S extends z.ZodType> ? z.output<S> : undefined;
type Present<T> = { [K in keyof T as T[K] extends undefined ? never : K]: T[K] };

/** What a caller gives: params, query and body, each where the route has one. */
export type RouteRequest<N extends RouteName> = Present<{
  params: InputOf<Routes[N], 'params'>;
  query: InputOf<Routes[N], 'query'>;
  body: InputOf<Routes[N], 'body'>;
}>;
/** What a handler gets, parsed. */
export type ParsedRequest<N extends RouteName> = {
  params: OutputOf<Routes[N], 'params'>;
  query: OutputOf<Routes[N], 'query'>;
  body: OutputOf<Routes[N], 'body'>;
};
export type RouteAnswer<N extends RouteName> = z.output<Routes[N]['answer']>;

/** The description of one route, widened for generic code. */
export function routeDefinition(name: RouteName): RouteDefinition {
  return routes[name];
}

export type StreamRouteName = keyof typeof streamRoutes;

/** The path of a stream route, for callers that write the request themselves. */
export function streamPath(name: StreamRouteName): string {
  return streamRoutes[name].path;
}
