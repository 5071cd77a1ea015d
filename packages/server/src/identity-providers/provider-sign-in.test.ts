/** Signing in with a real OpenID provider, through the API. */
import { createHash, randomBytes } from 'node:crypto';
import type { AuditEntry } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { clientId, clientSecret, startOpenIdProvider } from '../../test/openid-provider.ts';
import { anAccount, runApp } from '../../test/running-app.ts';

interface Body {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly token: string;
  readonly address: string;
  readonly state: string;
  readonly clientSecretSet: boolean;
  readonly password: string | null;
  readonly account: { readonly id: string };
  readonly items: readonly (AuditEntry & { readonly id: string; readonly name: string })[];
}
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

const people = {
  'subject-1': { preferred_username: 'Maria', groups: ['operators', 'everyone'] },
  'subject-2': { preferred_username: 'lou', groups: ['everyone'] },
  'subject-3': {},
};
const everywhere = { scopeIds: null, collectionIds: null };
const operators = { group: 'operators', assignments: [{ roleId: 'operator', ...everywhere }] };

async function site() {
  await using cleanUp = new AsyncDisposableStack();
  const running = cleanUp.use(await runApp());
  const { https, site: own } = running.app;
  const admin = await running.signIn();
  const redirectUri = () => `${own.serverUrl()}/api/v1/sign-in/return`;
  const provider = cleanUp.use(await startOpenIdProvider({ redirectUri, people }));
  const call = async (method: Method, path: string, body?: object, token = admin) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await https.inject({ method, url: `/api/v1${path}`, headers, ...(body === undefined ? {} : { payload: body }) });
    return { status: answer.statusCode, body: answer.json<Body>() };
  };
  const create = (settings: object) =>
    call('POST', '/identity-providers', {
      name: 'corp',
      issuer: provider.issuer,
      clientId,
      clientSecret,
      scopes: ['profile', 'groups'],
      ...settings,
    });
  const begin = async () => {
    const proof = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(proof).digest('base64url');
    const begun = await call('POST', '/sign-in/providers/corp', { returnTo: 'http://127.0.0.1:9/', challenge }, 'none');
    return { proof, ...begun.body };
  };
  /** What the browser brings back to the program's port. */
  const browse = async (address: string, subject: string | null) => {
    const back = await provider.visit(address, subject);
    const { headers } = await https.inject({ url: `${back.pathname}${back.search}` });
    const [to, query = ''] = String(headers.location).split('?');
    expect(to).toBe('http://127.0.0.1:9/');
    return query;
  };
  const complete = (state: string, proof: string, returnedToken: string) =>
    call('POST', '/sign-in/complete', { state, proof, returnedToken }, 'none');
  const signIn = async (subject: string | null) => {
    const { address, state, proof } = await begin();
    return (await complete(state, proof, await browse(address, subject))).body;
  };
  const owned = cleanUp.move();
  return { running, admin, call, create, begin, browse, complete, signIn, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

describe('somebody who signs in with an identity provider', () => {
  it('gets an account with the roles of their groups, at each sign-in anew', async () => {
    await using test = await site();
    const made = (await test.create({ makesAccounts: true, groupRules: [operators] })).body;

    const { token } = await test.signIn('subject-1');

    expect((await test.call('GET', '/whoami', undefined, token)).body).toMatchObject({ name: 'maria', mustChangePassword: false });
    expect((await test.call('GET', '/devices', undefined, token)).status).toBe(200);
    expect(await test.signIn('subject-2')).toMatchObject({
      code: 'PROVIDER_GROUPS_UNKNOWN',
      message: 'None of the groups of lou has a role here. The identity provider corp lists: everyone.',
    });
    const auditors = { group: 'everyone', assignments: [{ roleId: 'auditor', ...everywhere }] };
    await test.call('PATCH', `/identity-providers/${made.id}`, { groupRules: [auditors] });
    const again = await test.signIn('subject-1');
    expect((await test.call('GET', '/devices', undefined, again.token)).body).toMatchObject({ code: 'PERMISSION_MISSING' });
    expect((await test.call('GET', '/audit', undefined, again.token)).status).toBe(200);
    const [entry] = (await test.call('GET', '/audit?operation=providerSignIn.complete')).body.items;
    expect(entry).toMatchObject({ actorName: 'maria', result: 'done' });
    expect(JSON.stringify(entry)).not.toContain('code=');
    expect((await test.call('DELETE', `/identity-providers/${made.id}`)).body).toMatchObject({ code: 'IN_USE' });
  });

  it('gets no account by having the name of one, and none that nobody made for them', async () => {
    await using test = await site();
    const { id } = (await test.create({})).body;
    await anAccount(test.running, test.admin, 'maria', [{ roleId: 'operator', ...everywhere }]);

    expect(await test.signIn('subject-1')).toMatchObject({ code: 'PROVIDER_ACCOUNT_TAKEN' });
    expect(await test.signIn('subject-2')).toMatchObject({ code: 'PROVIDER_ACCOUNT_UNKNOWN' });
    expect(await test.signIn('subject-3')).toMatchObject({ code: 'PROVIDER_CLAIM_UNUSABLE' });
    const lou = await test.call('POST', '/accounts', { name: 'lou', identityProviderId: id });
    expect(lou.body.password).toBeNull();
    expect((await test.signIn('subject-2')).token).toMatch(/^[\w-]{43}$/);
    await test.call('PATCH', `/accounts/${lou.body.account.id}`, { disabled: true });
    expect(await test.signIn('subject-2')).toMatchObject({ code: 'PROVIDER_ACCOUNT_DISABLED' });
  });

  it('needs no second factor of the site, and has no password until an administrator gives one in place of the provider', async () => {
    await using test = await site();
    await test.create({ makesAccounts: true, groupRules: [operators] });
    const { token } = await test.signIn('subject-1');
    const maria = (await test.call('GET', '/accounts')).body.items.find(({ name }) => name === 'maria');
    expect((await test.call('POST', '/login', { name: 'maria', password: '' })).body).toMatchObject({ code: 'LOGIN_FAILED' });

    const { password } = (await test.call('POST', `/accounts/${maria?.id ?? ''}/reset-password`)).body;
    expect((await test.call('POST', '/login', { name: 'maria', password })).status).toBe(200);
    expect(await test.signIn('subject-1')).toMatchObject({ code: 'PROVIDER_ACCOUNT_TAKEN' });
    expect((await test.call('GET', '/whoami', undefined, token)).status).toBe(401);

    await test.call('DELETE', `/accounts/${maria?.id ?? ''}`);
    await test.call('PATCH', '/site', { secondFactor: 'required' });
    const again = await test.signIn('subject-1');
    expect(again).toMatchObject({ mustSetSecondFactor: false });
    expect((await test.call('GET', '/devices', undefined, again.token)).status).toBe(200);
    expect((await test.call('GET', '/accounts')).body).toMatchObject({ code: 'SECOND_FACTOR_REQUIRED' });
  });

  it('is let in once by what the browser brought back, and only by the program that began it', async () => {
    await using test = await site();
    await test.create({ makesAccounts: true });
    const first = await test.begin();
    const second = await test.begin();
    const third = await test.begin();
    const returned = await test.browse(first.address, 'subject-1');

    const stolen = await test.complete(second.state, third.proof, returned);
    const mixed = await test.complete(third.state, third.proof, returned);
    const done = await test.complete(first.state, first.proof, returned);
    const again = await test.complete(first.state, first.proof, returned);

    expect(stolen.body).toMatchObject({ code: 'PROVIDER_SIGN_IN_ENDED' });
    expect(mixed.body).toMatchObject({ code: 'PROVIDER_ANSWER_INVALID' });
    expect(done.status).toBe(200);
    expect(again.body).toMatchObject({ code: 'PROVIDER_SIGN_IN_ENDED' });
  });

  it('is told why it did not work', async () => {
    await using test = await site();
    const { id } = (await test.create({ makesAccounts: true })).body;
    const change = (settings: object) => test.call('PATCH', `/identity-providers/${id}`, settings);

    expect(await test.signIn(null)).toMatchObject({
      code: 'PROVIDER_REFUSES_PERSON',
      message: 'The identity provider corp let nobody in: The person said no.',
    });
    await change({ clientSecret: 'a wrong one' });
    expect(await test.signIn('subject-1')).toMatchObject({ code: 'PROVIDER_REFUSES_SITE' });
    await change({ issuer: 'http://127.0.0.1:9' });
    expect(await test.begin()).toMatchObject({ code: 'PROVIDER_UNREACHABLE' });
    const nobody = await test.call('POST', '/sign-in/providers/none', { returnTo: 'http://127.0.0.1:9/', challenge: 'x'.repeat(43) });
    expect(nobody.body).toMatchObject({ code: 'NOT_FOUND' });
    const elsewhere = await test.call('POST', '/sign-in/providers/corp', { returnTo: 'http://192.0.2.1:9/', challenge: 'x'.repeat(43) });
    expect(elsewhere.body).toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('an identity provider', () => {
  it('is trusted by full administrators alone, and its secret is never shown', async () => {
    await using test = await site();
    const role = await test.call('POST', '/roles', {
      name: 'Providers',
      permissions: ['identity-providers.read', 'identity-providers.create', 'identity-providers.modify'],
    });
    const { token } = await anAccount(test.running, test.admin, 'eve', [{ roleId: role.body.id, ...everywhere }]);
    const made = (await test.create({ groupRules: [{ group: 'x', assignments: [{ roleId: role.body.id, ...everywhere }] }] })).body;

    expect(made).toMatchObject({ clientSecretSet: true });
    expect(JSON.stringify(made)).not.toContain(clientSecret);
    const tried = await test.call('PATCH', `/identity-providers/${made.id}`, { issuer: 'https://evil.example' }, token);
    expect(tried.body).toMatchObject({ code: 'RIGHTS_EXCEED_OWN' });
    expect((await test.call('GET', '/identity-providers', undefined, token)).body.items).toHaveLength(1);
    expect((await test.call('GET', '/sign-in/providers', undefined, 'none')).body).toEqual({ items: [{ name: 'corp' }] });
    expect((await test.create({})).body).toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(
      (await test.create({ name: 'b', groupRules: [{ group: 'x', assignments: [{ roleId: 'role-none', ...everywhere }] }] })).status,
    ).toBe(404);
    expect((await test.create({ name: 'c', issuer: 'http://id.example' })).status).toBe(400);
    expect((await test.call('DELETE', `/roles/${role.body.id}`)).body.message).toContain('identity provider corp');
    expect((await test.call('DELETE', `/identity-providers/${made.id}`)).status).toBe(200);
  });
});
