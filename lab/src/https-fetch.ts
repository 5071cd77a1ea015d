/** `fetch` for the API's client that trusts one site's CA and nothing else: each site of the lab may have its own. */
import { createReadStream } from 'node:fs';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Fetch, FetchInit } from '@ostler/contract';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export function httpsFetch(caPem: string): Fetch {
  return async (url, init) => {
    const { status, body } = await send(url, caPem, init, null);
    return { status, text: () => Promise.resolve(body) };
  };
}

/** Sends a file as the body. @throws Error when the server does not take it */
export async function sendFile(url: string, caPem: string, init: Omit<FetchInit, 'body'>, path: string): Promise<void> {
  const { status, body } = await send(url, caPem, init, path);
  if (status >= 400) throw new Error(`${init.method} ${url} was answered with ${status}: ${body}`);
}

async function send(url: string, ca: string, { method, headers, body, signal }: FetchInit, path: string | null): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  // A connection of its own for each call: the server is restarted and the network cut on purpose.
  const call = request(url, { method, headers: { ...headers, ...length }, ca, agent: false, signal, timeout: 20_000 }, (answer) => {
    text(answer).then((received) => resolve({ status: answer.statusCode ?? 0, body: received }), reject);
  });
  call.on('timeout', () => call.destroy(new Error(`no answer within 20 seconds to ${method} ${url}`)));
  call.on('error', reject);
  if (path === null) call.end(body);
  else pipeline(createReadStream(path), call).catch(reject);
  return promise;
}
