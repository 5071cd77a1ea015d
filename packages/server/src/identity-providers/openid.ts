/** OpenID Connect by openid-client: authorization code with PKCE, state and nonce. Who the person is here: provider-account.ts. */
import { OstlerError } from '@ostler/contract';
import * as openid from 'openid-client';
import type { SignInChecks } from './begun-sign-ins.ts';
import type { Provider } from './store.ts';

export interface OpenIdSources {
  readonly redirectUri: () => string;
  readonly now: () => number;
}
/** What the provider says of a person. */
export interface ProviderPerson {
  /** Who they are there, for ever. */
  readonly subject: string;
  readonly accountName: string | null;
  readonly groups: readonly string[];
}

const timeoutSeconds = 15;
const clockToleranceSeconds = 60;

/** @returns the address to open, and what the answer will be held against @throws OstlerError PROVIDER_UNREACHABLE, PROVIDER_ANSWER_INVALID */
export async function beginAt(provider: Provider, { redirectUri, now }: OpenIdSources, signal: AbortSignal) {
  const configuration = await discover(provider, now, signal);
  const checks: SignInChecks = { nonce: openid.randomNonce(), codeVerifier: openid.randomPKCECodeVerifier() };
  const state = openid.randomState();
  const address = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri(),
    scope: ['openid', ...provider.scopes].join(' '),
    code_challenge: await openid.calculatePKCECodeChallenge(checks.codeVerifier),
    code_challenge_method: 'S256',
    state,
    nonce: checks.nonce,
  });
  return { address: address.href, state, checks };
}

/**
 * Exchanges the code, and verifies issuer, audience, signature, times and nonce.
 * @param returned the query that the browser brought back
 * @throws OstlerError PROVIDER_UNREACHABLE, PROVIDER_CLOCK_DIFFERS, PROVIDER_REFUSES_SITE, PROVIDER_REFUSES_PERSON, PROVIDER_ANSWER_INVALID
 */
export async function completeAt(
  provider: Provider,
  { state, returned, checks }: { readonly state: string; readonly returned: string; readonly checks: SignInChecks },
  { redirectUri, now }: OpenIdSources,
  signal: AbortSignal,
): Promise<ProviderPerson> {
  const configuration = await discover(provider, now, signal);
  try {
    const tokens = await openid.authorizationCodeGrant(configuration, new URL(`${redirectUri()}?${returned}`), {
      pkceCodeVerifier: checks.codeVerifier,
      expectedState: state,
      expectedNonce: checks.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Error('there is no ID token');
    const more = await userInfo(configuration, tokens.access_token, claims.sub);
    return personOf(provider, claims.sub, { ...more, ...claims });
  } catch (error) {
    throw explained(provider, error);
  }
}

/** Each time anew: the provider changes its keys when it wants. */
async function discover(provider: Provider, now: () => number, signal: AbortSignal): Promise<openid.Configuration> {
  const { issuer, clientId, clientSecret } = provider;
  const authentication = clientSecret === null ? openid.None() : openid.ClientSecretBasic(clientSecret);
  const fetchWithSignal: openid.CustomFetch = (url, { body, signal: ownSignal, ...options }) =>
    fetch(url, {
      ...options,
      ...(body === undefined ? {} : { body }),
      signal: ownSignal === undefined ? signal : AbortSignal.any([ownSignal, signal]),
    });
  const metadata = {
    [openid.clockSkew]: Math.round((now() - Date.now()) / 1000),
    [openid.clockTolerance]: clockToleranceSeconds,
  };
  try {
    return await openid.discovery(new URL(issuer), clientId, metadata, authentication, {
      [openid.customFetch]: fetchWithSignal,
      timeout: timeoutSeconds,
      // The contract lets plain HTTP be on this computer alone. It is marked as deprecated so that nobody uses it without such a reason.
      // oxlint-disable-next-line typescript/no-deprecated
      execute: issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [],
    });
  } catch (error) {
    throw explained(provider, error);
  }
}

/** Many providers name groups there alone. */
async function userInfo(configuration: openid.Configuration, accessToken: string, subject: string): Promise<object> {
  const { userinfo_endpoint: endpoint } = configuration.serverMetadata();
  return endpoint === undefined ? {} : openid.fetchUserInfo(configuration, accessToken, subject);
}

function personOf({ accountNameFrom, groupsFrom }: Provider, subject: string, claims: Readonly<Record<string, unknown>>): ProviderPerson {
  const [name, groups] = [claims[accountNameFrom], claims[groupsFrom]];
  return {
    subject,
    accountName: typeof name === 'string' ? name.toLowerCase() : null,
    groups: [groups].flat().filter((group): group is string => typeof group === 'string'),
  };
}

/** Errors of openid-client in the words of the catalogue. */
function explained({ name, issuer }: Provider, error: unknown): OstlerError {
  const reason = deepestMessage(error);
  if (error instanceof openid.AuthorizationResponseError) {
    return new OstlerError('PROVIDER_REFUSES_PERSON', { name, reason: error.error_description ?? error.error }, { cause: error });
  }
  if (error instanceof openid.ResponseBodyError) {
    return new OstlerError('PROVIDER_REFUSES_SITE', { name, reason: error.error_description ?? error.error }, { cause: error });
  }
  if (error instanceof openid.WWWAuthenticateChallengeError) {
    return new OstlerError('PROVIDER_REFUSES_SITE', { name, reason: 'it does not know the client id or its secret' }, { cause: error });
  }
  const code = error instanceof openid.ClientError ? error.code : undefined;
  if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') return new OstlerError('PROVIDER_CLOCK_DIFFERS', { name, reason }, { cause: error });
  if (unreachableCodes.includes(code) || error instanceof TypeError) {
    return new OstlerError('PROVIDER_UNREACHABLE', { name, issuer, reason }, { cause: error });
  }
  return new OstlerError('PROVIDER_ANSWER_INVALID', { name, reason }, { cause: error });
}

const unreachableCodes: readonly (string | undefined)[] = [
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
];

/** The library's reason is the innermost error; of a refused connection its message is empty and the code says it. */
function deepestMessage(thrown: unknown): string {
  let error = thrown;
  while (error instanceof Error && error.cause instanceof Error) error = error.cause;
  if (!(error instanceof Error)) return String(error);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
