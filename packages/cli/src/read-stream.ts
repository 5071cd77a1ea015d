/** Reads the API's stream routes: logs and server-sent events. */
import { apiErrorOf, fillPath, streamPath, type StreamRouteName } from '@ostler/contract';
import type { CommandContext } from './command.ts';
import { explained, fetchOrExplain } from './connection.ts';

/** A stream route's whole text. */
export async function readText(
  { client, signal }: CommandContext,
  route: StreamRouteName,
  params: Readonly<Record<string, string>>,
): Promise<string> {
  const answer = await fetchOrExplain(`${client.serverUrl}${fillPath(streamPath(route), params)}`, {
    method: 'GET',
    headers: authorization(client.token),
    signal,
  });
  const body = await answer.text();
  if (answer.status >= 400) throw apiErrorOf(answer.status, body);
  return body;
}

/** A stream route's bytes as they come. */
export async function openStream(
  { client, signal }: CommandContext,
  route: StreamRouteName,
  params: Readonly<Record<string, string>>,
): Promise<AsyncIterable<Uint8Array>> {
  const answer = await fetch(`${client.serverUrl}${fillPath(streamPath(route), params)}`, { headers: authorization(client.token), signal });
  if (!answer.ok || answer.body === null) throw apiErrorOf(answer.status, await answer.text());
  // Safe: a response's body is made of bytes.
  return answer.body as ReadableStream<Uint8Array<ArrayBuffer>>;
}

export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Server-sent events until the server ends the stream, or the connection breaks. @throws OstlerError SERVER_UNREACHABLE, ApiError */
export async function* readEvents(
  { client, signal }: CommandContext,
  route: StreamRouteName,
  params: Readonly<Record<string, string>>,
): AsyncGenerator<ServerEvent> {
  const url = `${client.serverUrl}${fillPath(streamPath(route), params)}`;
  const headers = { ...authorization(client.token), accept: 'text/event-stream' };
  const answer = await explained(fetch(url, { headers, signal }), url, signal);
  if (!answer.ok || answer.body === null) throw apiErrorOf(answer.status, await answer.text());
  let kept = '';
  const decoder = new TextDecoder();
  // Safe: a response's body is made of bytes.
  for await (const chunk of untilBroken(answer.body as ReadableStream<Uint8Array<ArrayBuffer>>, signal)) {
    kept += decoder.decode(chunk, { stream: true });
    const blocks = kept.split('\n\n');
    kept = blocks.pop() ?? '';
    for (const block of blocks) {
      const parsed = parseEvent(block);
      if (parsed) yield parsed;
    }
  }
}

async function* untilBroken<T>(pieces: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* pieces;
  } catch (error) {
    if (signal.aborted) throw error;
  }
}

/** One event of the stream (WHATWG HTML, "server-sent events"); null for a comment that only keeps the connection open. */
export function parseEvent(block: string): ServerEvent | null {
  const lines = block.split('\n');
  const field = (name: string): string[] =>
    lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trimStart());
  const data = field('data').join('\n');
  return data === '' ? null : { event: field('event')[0] ?? 'message', data: JSON.parse(data) as unknown };
}

function authorization(token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
