/** The API's description as JSON and as a page that works without any other host. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { buildOpenApi } from './openapi.ts';

export async function registerApiDocs(server: FastifyInstance): Promise<void> {
  const document = buildOpenApi();
  server.get('/api/v1/openapi.json', () => document);
  // Safe: an OpenAPI document is plain JSON; the plugin's type of it is stricter than the specification.
  await server.register(swagger, { mode: 'static', specification: { document: document as never } });
  await server.register(swaggerUi, {
    routePrefix: '/api/v1/docs',
    staticCSP: true,
    uiConfig: { deepLinking: true, tryItOutEnabled: false },
  });
}
