/** The OpenAPI 3.1 document, made from the contract's route table. Showing it is api-docs.ts. */
import * as contract from '@ostler/contract';
import {
  accessKind,
  errorCatalogue,
  ErrorBody,
  routes,
  streamRoutes,
  type Access,
  type AccessKind,
  type RouteDefinition,
  type StreamRouteDefinition,
} from '@ostler/contract';
import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

const commonErrors: { readonly [K in AccessKind]: readonly (keyof typeof errorCatalogue)[] } = {
  public: ['BAD_REQUEST', 'NOT_FOUND', 'TOO_MANY_ATTEMPTS', 'INTERNAL'],
  'signed-in': ['BAD_REQUEST', 'UNAUTHENTICATED', 'NOT_FOUND', 'INTERNAL'],
  permission: ['BAD_REQUEST', 'UNAUTHENTICATED', 'PASSWORD_CHANGE_REQUIRED', 'FORBIDDEN', 'NOT_FOUND', 'IN_USE', 'INTERNAL'],
  agent: ['BAD_REQUEST', 'UNAUTHENTICATED', 'NOT_FOUND', 'SERVER_BUSY', 'INTERNAL'],
  'distribution-point': ['BAD_REQUEST', 'UNAUTHENTICATED', 'NOT_FOUND', 'INTERNAL'],
  client: ['BAD_REQUEST', 'UNAUTHENTICATED', 'NOT_FOUND', 'SERVER_BUSY', 'INTERNAL'],
};

export function buildOpenApi(): Json {
  const schemas = new ComponentSchemas();
  const paths: Record<string, Record<string, unknown>> = {};
  const add = (path: string, method: string, operation: Json) => {
    const key = path.replaceAll(/:(\w+)/g, '{$1}');
    paths[key] = { ...paths[key], [method.toLowerCase()]: operation };
  };
  for (const [name, route] of Object.entries<RouteDefinition>(routes)) add(route.path, route.method, operationOf(name, route, schemas));
  for (const [name, route] of Object.entries<StreamRouteDefinition>(streamRoutes)) {
    add(route.path, route.method, streamOperationOf(name, route, schemas));
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Ostler',
      version: '1',
      description: 'Operating system deployment for fleets of computers.',
      license: { name: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: schemas.build(),
      securitySchemes: {
        person: { type: 'http', scheme: 'bearer', description: 'A session token of /api/v1/login, or an API token.' },
        agent: { type: 'http', scheme: 'bearer', description: 'The per-device key of /api/v1/agent/hello.' },
        'distribution-point': { type: 'http', scheme: 'bearer', description: 'The key of /api/v1/distribution-point/enrol.' },
        client: { type: 'http', scheme: 'bearer', description: 'The key of /api/v1/client/enrol.' },
      },
    },
  };
}

function operationOf(name: string, route: RouteDefinition, schemas: ComponentSchemas): Json {
  return {
    ...headOf(name, route),
    parameters: [...parametersOf('path', route.params), ...parametersOf('query', route.query)],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: schemas.refer(route.body, 'input', `${name}.body`) } } },
        }),
    responses: {
      200: { description: 'Done.', content: { 'application/json': { schema: schemas.refer(route.answer, 'output', `${name}.answer`) } } },
      ...errorResponses(route.access, schemas),
    },
  };
}

function streamOperationOf(name: string, route: StreamRouteDefinition, schemas: ComponentSchemas): Json {
  const content = { [route.contentType]: {} };
  const sends = route.method !== 'GET' && route.method !== 'HEAD';
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, parameter = '']) => parameter);
  return {
    ...headOf(name, route),
    parameters: names.map((parameter) => ({ name: parameter, in: 'path', required: true, schema: { type: 'string' } })),
    ...(sends ? { requestBody: { required: true, content } } : {}),
    responses: { 200: { description: 'Done.', ...(sends ? {} : { content }) }, ...errorResponses(route.access, schemas) },
  };
}

function headOf(name: string, { tag, summary, access }: RouteDefinition | StreamRouteDefinition): Json {
  return { operationId: name, tags: [tag], summary, security: securityOf(access) };
}

/** Since OpenAPI 3.1 the list beside a scheme may name what the caller needs, for bearer tokens too. */
function securityOf(access: Access): readonly Json[] {
  if (access === 'public') return [];
  if (access === 'agent' || access === 'client' || access === 'distribution-point') return [{ [access]: [] }];
  return [{ person: typeof access === 'object' ? [access.permission] : [] }];
}

function parametersOf(place: 'path' | 'query', schema: z.ZodObject | undefined): readonly Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, part]) => {
    // Safe: the members of a zod 4 object are zod 4 schemas.
    const type = part as z.ZodType;
    return {
      name,
      in: place,
      required: !type.safeParse(undefined).success,
      schema: withoutDialect(z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' })),
    };
  });
}

function errorResponses(access: Access, schemas: ComponentSchemas): Json {
  const byStatus = Object.groupBy(commonErrors[accessKind(access)], (code) => String(errorCatalogue[code].status));
  const schema = schemas.refer(ErrorBody, 'output', 'ErrorBody');
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, codes = []]) => [
      status,
      { description: codes.map((code) => `${code}: ${errorCatalogue[code].text}`).join(' '), content: { 'application/json': { schema } } },
    ]),
  );
}

function withoutDialect({ $schema: _dialect, ...rest }: Json): Json {
  return rest;
}

type Direction = 'input' | 'output';

/** The named schemas: what the contract exports keeps its name; a body that differs from the answer of that name gets `Input` added. */
class ComponentSchemas {
  readonly #names = new Map<z.ZodType, string>();
  readonly #used = { input: new Set<string>(), output: new Set<string>() };
  readonly #registries = { input: z.registry<{ id: string }>(), output: z.registry<{ id: string }>() };

  constructor() {
    for (const [name, value] of Object.entries(contract)) {
      if (value instanceof z.ZodType && !this.#names.has(value)) this.#name(value, name);
    }
  }

  refer(schema: z.ZodType, direction: Direction, fallbackName: string): Json {
    const name = this.#names.get(schema) ?? this.#name(schema, fallbackName);
    this.#used[direction].add(componentName(name, direction));
    return { $ref: reference(name, direction) };
  }

  build(): Json {
    const all: Record<string, unknown> = {};
    for (const direction of ['input', 'output'] as const) {
      const { schemas } = z.toJSONSchema(this.#registries[direction], {
        io: direction,
        unrepresentable: 'any',
        uri: (id) => reference(id, direction),
      });
      for (const [id, schema] of Object.entries(schemas)) {
        const { $id: _id, ...rest } = withoutDialect(schema);
        all[componentName(id, direction)] = rest;
      }
    }
    return keepUsed(all, [...this.#used.input, ...this.#used.output]);
  }

  #name(schema: z.ZodType, name: string): string {
    this.#names.set(schema, name);
    this.#registries.input.add(schema, { id: name });
    this.#registries.output.add(schema, { id: name });
    return name;
  }
}

function componentName(name: string, direction: Direction): string {
  return direction === 'input' ? `${name}Input` : name;
}

function reference(name: string, direction: Direction): string {
  return `#/components/schemas/${componentName(name, direction)}`;
}

/** The schemas that are referred to, directly or by another one. */
function keepUsed(all: Json, roots: readonly string[]): Json {
  const kept = new Map<string, unknown>();
  const waiting = [...roots];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (kept.has(name)) continue;
    kept.set(name, all[name]);
    for (const [, next = ''] of JSON.stringify(all[name] ?? {}).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) waiting.push(next);
  }
  return Object.fromEntries([...kept].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
