/**
 * Every operation of the OpenAPI document with requests that nobody would send on purpose, as administrator, as an account with limits and
 * with a computer's key. An ordinary run sends the same few each time; FUZZ_RUNS=50 sends so many others to each. A failure prints the seed that repeats it.
 */
import { errorCatalogue, ErrorBody } from '@ostler/contract';
import { createPostgresDatabase } from '@ostler/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuzzedSite, type FuzzedSite } from '../../test/fuzzed-site.ts';
import { damaged, draw, oneOf, wild, type Schema, type Surroundings } from '../../test/schema-values.ts';
import { buildOpenApi } from './openapi.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly schema: Schema;
}
interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}
interface Request {
  readonly operationId: string;
  readonly method: string;
  readonly url: string;
  readonly type: string | null;
  readonly payload: string | null;
}

// Safe: the document is made by this server; its shape is that of OpenAPI.
const document = buildOpenApi() as unknown as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'method' | 'path'>>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};
const operations: readonly Operation[] = Object.entries(document.paths)
  .flatMap(([path, methods]) => Object.entries(methods).map(([method, rest]) => ({ ...rest, path, method: method.toUpperCase() })))
  // What is deleted is gone for the others, and so is a caller who signs out.
  .toSorted((one, other) => rankOf(one) - rankOf(other));

function rankOf({ method, operationId }: Operation): number {
  return operationId === 'accounts.logout' ? 2 : Number(method === 'DELETE');
}

/** With an id of something that is there: these would send to the network, or answer without end. */
const withoutObjects: readonly string[] = ['devices.wake', 'deployments.watch'];
/** They tell a secret to whoever may read it. */
const tellers: readonly string[] = ['agent.secret', 'recoveryKeys.reveal'];
/** A request that has no answer by then hangs. */
const patienceMs = 15_000;
const wanted = process.env['FUZZ_RUNS'];
const amount = wanted === undefined ? { numRuns: 2, seed: 20_261_127 } : { numRuns: Number(wanted) };

type Kind = 'valid' | 'damaged' | 'wild';

function requestsOf(operation: Operation, surroundings: Surroundings): fc.Arbitrary<Request> {
  return fc.gen().map((from) => {
    const kind = oneOf<Kind>(['valid', 'valid', 'damaged', 'wild'], from);
    const partOf = ({ schema }: Parameter): string => {
      const isWild = kind !== 'valid' && from(fc.integer, { min: 0, max: 3 }) === 0;
      return encodeURIComponent(textOf(isWild ? from(wild) : draw(schema, from, surroundings)).toWellFormed());
    };
    const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
    const path = inPath.reduce((text, parameter) => text.replace(`{${parameter.name}}`, () => partOf(parameter)), operation.path);
    const inQuery = operation.parameters.filter((parameter) => parameter.in === 'query' && from(fc.boolean));
    const query = inQuery.map((parameter) => `${parameter.name}=${partOf(parameter)}`).join('&');
    const { operationId, method } = operation;
    return { operationId, method, url: query === '' ? path : `${path}?${query}`, ...bodyOf(operation, kind, from, surroundings) };
  });
}

function bodyOf(
  { requestBody }: Operation,
  kind: Kind,
  from: fc.GeneratorValue,
  surroundings: Surroundings,
): Pick<Request, 'type' | 'payload'> {
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  if (type === undefined) return { type: null, payload: null };
  if (content?.schema === undefined) return { type, payload: from(fc.string) };
  const valid = draw(content.schema, from, surroundings);
  const bodies: Readonly<Record<Kind, () => string>> = {
    valid: () => JSON.stringify(valid),
    damaged: () => JSON.stringify(damaged(valid, from)),
    wild: () => oneOf([JSON.stringify(from(wild)), '', '{', '['.repeat(10_000)], from),
  };
  return { type, payload: bodies[kind]() };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

async function answerTo({ running }: FuzzedSite, request: Request, token: string) {
  const { method, url, type, payload } = request;
  return running.app.https.inject({
    // Safe: the document has no other methods.
    method: method as 'GET',
    url,
    headers: { authorization: `Bearer ${token}`, ...(type === null ? {} : { 'content-type': type }) },
    ...(payload === null ? {} : { payload }),
    signal: AbortSignal.timeout(patienceMs),
  });
}

describe.each([
  ['SQLite', () => Promise.resolve(null)],
  ['PostgreSQL', createPostgresDatabase],
] as const)('every operation on %s', (_name, open) => {
  let site: FuzzedSite;
  const cleanUp = new AsyncDisposableStack();
  beforeAll(async () => {
    const database = await open();
    if (database !== null) cleanUp.use(database);
    site = cleanUp.use(await fuzzedSite(database?.url ?? null));
  });
  afterAll(async () => cleanUp.disposeAsync());

  it.each([
    ['an administrator', 'administrator', operations],
    ['an account with limits', 'limited', operations],
    ['a computer in its run', 'machine', operations.filter(({ security }) => security.some((each) => 'agent' in each))],
  ] as const)(
    'answers %s in a sentence of the catalogue or with what was asked for, and never with what went wrong inside',
    async (_who, who, some) => {
      for (const operation of some) {
        const ids = withoutObjects.includes(operation.operationId) ? [] : site.ids;
        const surroundings = { schemas: document.components.schemas, ids, folder: site.folder };
        const token = await site.tokens[who]();
        const property = fc.asyncProperty(requestsOf(operation, surroundings), async (request) => {
          const { statusCode, body } = await answerTo(site, request, token);
          if (statusCode >= 400) expectOfCatalogue(statusCode, body);
          const told = tellers.includes(operation.operationId) ? [] : site.secrets.filter((secret) => body.includes(secret));
          expect(told).toEqual([]);
          expect(body).not.toMatch(/\n\s+at |node_modules|\/packages\/server\//);
        });
        await fc.assert(property, amount);
      }
    },
    120_000,
  );

  it('and is still there for the administrator afterwards', async () => {
    const headers = { authorization: `Bearer ${await site.tokens.administrator()}` };
    const answer = await site.running.app.https.inject({ url: '/api/v1/whoami', headers });

    expect([answer.statusCode, answer.body]).toEqual([200, expect.stringContaining('admin')]);
  });
});

function expectOfCatalogue(statusCode: number, body: string): void {
  const error = ErrorBody.parse(JSON.parse(body));
  expect(error.code).not.toBe('INTERNAL');
  expect([error.code, Object.entries(errorCatalogue).find(([code]) => code === error.code)?.[1].status]).toEqual([error.code, statusCode]);
}
