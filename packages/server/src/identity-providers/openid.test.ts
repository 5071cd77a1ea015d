/** What openid-client and a real provider say to each other, where their clocks are concerned. */
import { expect, it } from 'vitest';
import { clientId, clientSecret, startOpenIdProvider } from '../../test/openid-provider.ts';
import { beginAt, completeAt } from './openid.ts';

it('a provider and a site whose clocks differ by hours are told so, and a minute is borne', async () => {
  const redirectUri = () => 'https://site.example/return';
  await using there = await startOpenIdProvider({ redirectUri, people: { s1: { preferred_username: 'Maria', groups: ['staff'] } } });
  const settings = { scopes: ['profile', 'groups'], accountNameFrom: 'preferred_username', groupsFrom: 'groups' };
  const provider = {
    id: 'p',
    name: 'corp',
    issuer: there.issuer,
    clientId,
    clientSecret,
    makesAccounts: true,
    groupRules: [],
    ...settings,
  };
  const { signal } = new AbortController();
  const signInAt = async (aheadMs: number) => {
    const sources = { redirectUri, now: () => Date.now() + aheadMs };
    const { address, state, checks } = await beginAt(provider, sources, signal);
    const returned = (await there.visit(address, 's1')).search.slice(1);
    return completeAt(provider, { state, returned, checks }, sources, signal);
  };

  await expect(signInAt(2 * 60 * 60 * 1000)).rejects.toMatchObject({ code: 'PROVIDER_CLOCK_DIFFERS' });
  expect(await signInAt(30_000)).toEqual({ subject: 's1', accountName: 'maria', groups: ['staff'] });
});
