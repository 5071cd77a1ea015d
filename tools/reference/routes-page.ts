/** docs/reference/routes.md, from the route table. Shapes of bodies and answers are in the OpenAPI document, not here. */
import { routes, type Access, streamRoutes, type RouteDefinition, type StreamRouteDefinition } from '@ostler/contract';
import { code, page, section, table } from './markdown.ts';

export function routesPage(): string {
  const all: readonly (readonly [string, RouteDefinition | StreamRouteDefinition])[] = [
    ...Object.entries(routes),
    ...Object.entries(streamRoutes),
  ];
  const byTag = Map.groupBy(all, ([, route]) => route.tag);
  const sections = [...byTag].map(([tag, tagged]) =>
    section(
      tag,
      table(
        ['Name', 'Request', 'Who may call', 'What it does'],
        tagged.map(([name, route]) => rowOf(name, route)),
      ),
    ),
  );
  return page('Routes of the API', 'The server describes the shape of every body and answer at `/api/v1/docs`.', ...sections);
}

function rowOf(name: string, route: RouteDefinition | StreamRouteDefinition): readonly string[] {
  const stream = 'contentType' in route ? ` (${route.contentType})` : '';
  return [code(name), code(`${route.method} ${route.path}`), accessText(route.access), route.summary + stream];
}

function accessText(access: Access): string {
  return typeof access === 'object' ? code(access.permission) : access;
}
