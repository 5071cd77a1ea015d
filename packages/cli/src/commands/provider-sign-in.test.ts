import { createHash } from 'node:crypto';
import { setImmediate as soon } from 'node:timers/promises';
import type { Client } from '@ostler/contract';
import { expect, it } from 'vitest';
import type { Output } from '../output.ts';
import { signInWithProvider } from './provider-sign-in.ts';

const silent: Output = {
  result: () => undefined,
  note: () => undefined,
  progress: () => undefined,
  live: () => undefined,
  endProgress: () => undefined,
};
const state = 's'.repeat(43);

it('takes what the browser brings back to this computer, and nothing that another page sends', async () => {
  const calls: { name: string; body: Record<string, string> }[] = [];
  const browser: Promise<unknown>[] = [];
  const call = async (name: string, { body }: { body: Record<string, string> }) => {
    calls.push({ name, body });
    if (name === 'providerSignIn.complete') return { token: 'session' };
    const visit = async (): Promise<number[]> => {
      const answers: number[] = [];
      for (const path of ['favicon.ico', `?state=${'x'.repeat(43)}&code=planted`, `?state=${state}&code=real`]) {
        answers.push((await fetch(`${body['returnTo']}${path}`)).status);
      }
      return answers;
    };
    // Once the command waits.
    browser.push(soon().then(visit));
    return { address: 'https://id.example/auth', state };
  };
  // Safe: the two routes that it calls are answered as the site does.
  const client = { serverUrl: 'https://site', token: null, call } as unknown as Client;

  expect(await signInWithProvider(client, 'corp', silent, new AbortController().signal)).toMatchObject({ token: 'session' });

  expect(await browser[0]).toEqual([404, 404, 200]);
  const [begun, completed] = calls;
  expect(begun?.body['returnTo']).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect(completed?.body).toMatchObject({ state, returnedToken: `state=${state}&code=real` });
  expect(
    createHash('sha256')
      .update(completed?.body['proof'] ?? '')
      .digest('base64url'),
  ).toBe(begun?.body['challenge']);
});

it('stops to wait when it is interrupted', async () => {
  const interrupted = new AbortController();
  const call = () => {
    void soon().then(() => interrupted.abort(new Error('Interrupted.')));
    return Promise.resolve({ address: 'https://id.example/auth', state });
  };
  // Safe: it is interrupted before it calls anything else.
  const client = { serverUrl: 'https://site', token: null, call } as unknown as Client;

  await expect(signInWithProvider(client, 'corp', silent, interrupted.signal)).rejects.toThrow('Interrupted.');
});
