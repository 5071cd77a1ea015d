/** A small site over HTTP, built from the contract's route table: it checks every request and answer by its schema, and can fail. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { buffer, text } from 'node:stream/consumers';
import {
  routes,
  OstlerError,
  toErrorBody,
  type DebugOrder,
  type DebugView,
  type EngineState,
  type HelloAnswer,
  type InventoryReport,
  type RunAssignment,
  type StatusMessage,
  type StatusReport,
  type WindowWait,
} from '@ostler/contract';

export type Fault = 'cut' | 'error-500' | 'answer-lost';

export interface FakeSite extends AsyncDisposable {
  readonly url: string;
  /** Faults for the next requests, in order; null is none. */
  readonly faults: (Fault | null)[];
  /** While true every connection is cut. */
  away: boolean;
  /** It is of a later version than the agent, whose answers say more. */
  isLater: boolean;
  helloAnswers: HelloAnswer[];
  assignment: RunAssignment | null;
  cancelRequested: boolean;
  pauseRequested: boolean;
  restartHold: WindowWait | null;
  /** Told again and again, as the site does. */
  debugOrders: DebugOrder[];
  /** What the agent has told of each stop. */
  readonly debugViews: DebugView[];
  readonly hellos: { password?: string | undefined; claim: string }[];
  readonly inventories: InventoryReport[];
  readonly journals: EngineState[];
  readonly messages: StatusMessage[];
  readonly contents: Map<string, Buffer>;
  /** Distribution points that come before the site. */
  readonly otherSources: { readonly name: string; readonly url: string; readonly token: string }[];
  readonly secrets: Map<string, string>;
  log: Buffer;
  finished: number;
  /** What the end of a run is answered with. */
  retryProof: string | null;
  retryPermitted: boolean;
  /** Proofs that were shown to begin the run again. */
  readonly retries: string[];
}

type Answer = (parts: { params: Record<string, string>; body: unknown; site: FakeSite }) => unknown;

const answers: Record<string, Answer> = {
  'agent.hello': ({ site, body }) => {
    site.hellos.push(body as FakeSite['hellos'][number]);
    return site.helloAnswers.length > 1 ? site.helloAnswers.shift() : site.helloAnswers[0];
  },
  'agent.reportInventory': ({ site, body }) => {
    site.inventories.push(body as InventoryReport);
    return { ok: true };
  },
  'agent.run': ({ site, params }) => {
    if (site.assignment === null) throw new OstlerError('NOT_FOUND', { kind: 'run', id: params['id'] ?? '' });
    const nextMessageSequence = (site.messages.at(-1)?.sequence ?? 0) + 1;
    return { ...site.assignment, journal: site.journals.at(-1) ?? null, nextMessageSequence, logReceivedBytes: site.log.length };
  },
  'agent.saveJournal': ({ site, body }) => {
    const state = body as EngineState;
    if (state.revision > (site.journals.at(-1)?.revision ?? -1)) site.journals.push(state);
    return { revision: site.journals.at(-1)?.revision, ...wishesOf(site) };
  },
  'agent.report': ({ site, body }) => {
    const { messages, debug } = body as StatusReport;
    if (debug !== null) site.debugViews.push(debug);
    for (const message of messages) {
      if (message.sequence === (site.messages.at(-1)?.sequence ?? 0) + 1) site.messages.push(message);
    }
    return { acknowledged: site.messages.at(-1)?.sequence ?? 0, ...wishesOf(site) };
  },
  'agent.contentSources': ({ site, params }) => {
    const own = { name: 'the site', url: `${site.url}/api/v1/agent/content/${params['sha256'] ?? ''}`, token: null };
    return { sources: [...site.otherSources.map((each) => ({ ...each, url: `${each.url}/content/${params['sha256'] ?? ''}` })), own] };
  },
  'agent.secret': ({ site, params }) => {
    const value = site.secrets.get(params['name'] ?? '');
    if (value === undefined) throw new OstlerError('NOT_FOUND', { kind: 'secret', id: params['name'] ?? '' });
    return { value };
  },
  'agent.setUpClient': ({ body }) => ({ key: (body as { keep: boolean }).keep ? 'client-key' : null }),
  'agent.finish': ({ site }) => {
    site.finished += 1;
    return { ok: true, retryProof: site.retryProof };
  },
  'agent.retry': ({ site, body, params }) => {
    const { proof } = body as { proof: string };
    site.retries.push(proof);
    const ended = site.journals.at(-1);
    if (!site.retryPermitted || ended === undefined) {
      throw new OstlerError('RUN_RETRY_REFUSED', { id: params['id'] ?? '', problem: 'the site does not permit it' });
    }
    const cursor = ended.failure?.path ?? [0];
    const again = { cursor, cursorState: 'ready' as const, attempts: 0, plannedRestart: true, result: null, failure: null };
    site.journals.push({ ...ended, revision: ended.revision + 1, ...again });
    return { key: 'key-2' };
  },
};

function wishesOf(site: FakeSite) {
  const { cancelRequested, pauseRequested, restartHold, debugOrders } = site;
  const settled = site.journals.at(-1)?.debugger.settled.at(-1)?.number ?? 0;
  return { cancelRequested, pauseRequested, restartHold, debugOrders: debugOrders.filter(({ number }) => number > settled) };
}

export async function startFakeSite(): Promise<FakeSite> {
  const server = createServer((request, response) => {
    void handle(request, response, site);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const site: FakeSite = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults: [],
    away: false,
    isLater: false,
    helloAnswers: [],
    assignment: null,
    cancelRequested: false,
    pauseRequested: false,
    restartHold: null,
    debugOrders: [],
    debugViews: [],
    hellos: [],
    inventories: [],
    journals: [],
    messages: [],
    contents: new Map<string, Buffer>(),
    otherSources: [],
    secrets: new Map<string, string>(),
    log: Buffer.alloc(0),
    finished: 0,
    retryProof: null,
    retryPermitted: true,
    retries: [],
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return site;
}

async function handle(request: IncomingMessage, response: ServerResponse, site: FakeSite): Promise<void> {
  const fault = site.away ? 'cut' : (site.faults.shift() ?? null);
  if (fault === 'cut') return void request.socket.destroy();
  if (fault === 'error-500') return void response.writeHead(500).end('{"code":"INTERNAL","message":"broken","details":{}}');
  const path = new URL(request.url ?? '', 'http://site').pathname;
  if (path.startsWith('/api/v1/agent/content/')) return sendContent(path.slice('/api/v1/agent/content/'.length), request, response, site);
  if (request.method === 'PATCH' && path.endsWith('/log')) return appendLog(request, response, site, fault);
  try {
    const answer = await answerTyped(request, path, site);
    if (fault === 'answer-lost') return void request.socket.destroy();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  } catch (error) {
    const status = error instanceof OstlerError ? error.status : 400;
    response.writeHead(status).end(JSON.stringify(toErrorBody(error)));
  }
}

async function answerTyped(request: IncomingMessage, path: string, site: FakeSite): Promise<unknown> {
  for (const [name, route] of Object.entries(routes).filter(([name]) => name.startsWith('agent.'))) {
    const pattern = new RegExp(`^${route.path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
    const match = pattern.exec(path);
    if (match === null || route.method !== request.method) continue;
    const body = await text(request);
    const parsed = 'body' in route ? route.body.parse(JSON.parse(body)) : undefined;
    const answer = answers[name];
    if (answer === undefined) throw new Error(`the fake site has no ${name}`);
    const checked = route.answer.parse(answer({ params: { ...match.groups }, body: parsed, site }));
    return site.isLater ? asLaterSite(checked) : checked;
  }
  throw new OstlerError('ROUTE_NOT_FOUND', { method: request.method ?? '', path });
}

/** Their names are anybody's. */
const maps = ['variables', 'ask', 'facts', 'details'];

/** Each object has a field more, but for maps. */
function asLaterSite(value: unknown, isMap = false): unknown {
  if (Array.isArray(value)) return value.map((each) => asLaterSite(each));
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).map(([name, part]) => [name, asLaterSite(part, maps.includes(name))]);
  return Object.fromEntries(isMap ? parts : [...parts, ['addedLater', { any: 'thing' }]]);
}

function sendContent(sha256: string, request: IncomingMessage, response: ServerResponse, site: FakeSite): void {
  const content = site.contents.get(sha256);
  if (content === undefined) return void response.writeHead(404).end('{}');
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const headers = { 'content-length': content.length - from, etag: `"${sha256}"` };
  if (from === 0) response.writeHead(200, headers);
  else response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` });
  response.end(content.subarray(from));
}

async function appendLog(request: IncomingMessage, response: ServerResponse, site: FakeSite, fault: Fault | null): Promise<void> {
  const offset = Number(request.headers['upload-offset']);
  const piece = await buffer(request);
  const known = site.log.length - offset;
  if (known < 0 || known > piece.length) {
    const error = new OstlerError('RUN_LOG_OFFSET', { actual: site.log.length, offset });
    return void response.writeHead(409).end(JSON.stringify(toErrorBody(error)));
  }
  site.log = Buffer.concat([site.log, piece.subarray(known)]);
  if (fault === 'answer-lost') return void request.socket.destroy();
  response.writeHead(204, { 'upload-offset': String(site.log.length) }).end();
}
