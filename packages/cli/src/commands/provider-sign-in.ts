/** `ostler login --provider`: the browser signs in with an identity provider and comes back to a port of this computer (RFC 8252). */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { OstlerError, type Client, type RouteAnswer } from '@ostler/contract';
import type { Output } from '../output.ts';

const waitMs = 10 * 60 * 1000;
const ended = 'You can close this page: the command line has what it needs.\n';
const strange = 'Nothing that was begun here ends at this address.\n';

/** Prints the address to open and waits for the browser. @throws OstlerError NO_ANSWER after ten minutes; ApiError */
export async function signInWithProvider(
  client: Client,
  provider: string,
  output: Output,
  signal: AbortSignal,
): Promise<RouteAnswer<'accounts.login'>> {
  const proof = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(proof).digest('base64url');
  await using browser = await listenForBrowser();
  const begin = { params: { name: provider }, body: { returnTo: browser.address, challenge } };
  const { address, state } = await client.call('providerSignIn.begin', begin, signal);
  output.note(`Open this address in a browser on this computer:\n\n  ${address}\n`);
  const returnedToken = await browser.comesBack(state, signal);
  return await client.call('providerSignIn.complete', { body: { state, proof, returnedToken } }, signal);
}

/** A listener that this computer alone reaches. */
async function listenForBrowser() {
  const server = createServer((_request, response) => answer(response, 404, strange));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    address: `http://127.0.0.1:${port}/`,
    comesBack: (state: string, signal: AbortSignal): Promise<string> => {
      const came = Promise.withResolvers<string>();
      server.removeAllListeners('request');
      server.on('request', (request: IncomingMessage, response: ServerResponse) => {
        const { pathname, searchParams, search } = new URL(request.url ?? '/', 'http://127.0.0.1');
        // A browser also asks for an icon, and other pages may call here.
        if (pathname !== '/' || searchParams.get('state') !== state) {
          answer(response, 404, strange);
          return;
        }
        answer(response, 200, ended);
        came.resolve(search.slice(1));
      });
      return orStopped(came, AbortSignal.any([signal, AbortSignal.timeout(waitMs)]));
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeIdleConnections();
      await once(server, 'close');
    },
  };
}

async function orStopped(came: PromiseWithResolvers<string>, signal: AbortSignal): Promise<string> {
  const stop = (): void => {
    const timedOut = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
    came.reject(timedOut ? new OstlerError('NO_ANSWER', { question: 'the browser did not come back' }) : signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await came.promise;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(text);
}
