/** A real OpenID provider on loopback (oidc-provider), and a browser that signs in at it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Provider } from 'oidc-provider';

export interface OpenIdPerson {
  readonly preferred_username?: string;
  readonly groups?: readonly string[];
}
export interface OpenIdProviderOptions {
  readonly redirectUri: () => string;
  /** By subject. */
  readonly people: Readonly<Record<string, OpenIdPerson>>;
}

export const clientId = 'ostler';
export const clientSecret = 'a secret between two servers';

export async function startOpenIdProvider({ redirectUri, people }: OpenIdProviderOptions) {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const issuer = `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
  const signingIn = { subject: '' };
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri()] }],
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['a key of this test'] },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    // Nobody is asked for consent.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({ clientId, accountId: oidc.session?.accountId ?? '' });
      grant.addOIDCScope('openid profile groups');
      await grant.save();
      return grant;
    },
  });
  const callback = provider.callback();
  const signIn = (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const person = signingIn.subject;
    const result = person === '' ? { error: 'access_denied', error_description: 'The person said no.' } : { login: { accountId: person } };
    return provider.interactionFinished(request, response, result);
  };
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/') === true) void signIn(request, response);
    else void callback(request, response);
  });
  return {
    issuer,
    /** Opens the address as this person, or as one who says no, and follows it until it leaves the provider. Answers where to. */
    visit: async (address: string, subject: string | null): Promise<URL> => {
      signingIn.subject = subject ?? '';
      return followWithin(issuer, address);
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function followWithin(issuer: string, address: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(address);
  while (url.origin === issuer) {
    const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
    const answer = await fetch(url, { headers, redirect: 'manual' });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`The provider answered ${answer.status}: ${await answer.text()}`);
    url = new URL(location, url);
  }
  return url;
}
