import { temporaryDirectory } from '@ostler/testkit';
import { describe, expect, it } from 'vitest';
import { answerWith, startReceiver } from '../../test/receiver.ts';
import { loadSiteCertificates } from '../certificates/site-certificates.ts';
import { createPost } from './post.ts';
import { createReachableAddresses } from './reachable-addresses.ts';

const anywhere = createReachableAddresses(['127.0.0.0/8', '::1/128']);
const nowhereInside = createReachableAddresses([]);
const never = new AbortController().signal;
const request = (url: string) => ({ url, headers: {}, body: '{}' });

describe('what is posted to a webhook', () => {
  it('has arrived when the receiver answers with 2xx, however long and late the rest of its answer is', async () => {
    await using receiver = await startReceiver();
    receiver.answer = (response) => {
      response.writeHead(202);
      response.write('x'.repeat(1024 * 1024));
    };

    await createPost(anywhere, 5000)(request(receiver.url), never);

    expect(receiver.received).toMatchObject([{ body: '{}', headers: { 'content-type': 'application/json' } }]);
  });

  it('follows no redirect, and takes no other status for success', async () => {
    await using receiver = await startReceiver();
    await using elsewhere = await startReceiver();
    const post = createPost(anywhere);

    receiver.answer = answerWith(302, { location: elsewhere.url });
    await expect(post(request(receiver.url), never)).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED', details: { status: 302 } });
    receiver.answer = answerWith(500);
    await expect(post(request(receiver.url), never)).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED', details: { status: 500 } });

    expect(elsewhere.received).toEqual([]);
  });

  it('is given up where the receiver does not answer in time, or the server stops', async () => {
    await using receiver = await startReceiver();
    receiver.answer = () => undefined;

    await expect(createPost(anywhere, 50)(request(receiver.url), never)).rejects.toMatchObject({ code: 'WEBHOOK_TIMED_OUT' });
    await expect(createPost(anywhere)(request(receiver.url), AbortSignal.abort())).rejects.toMatchObject({ code: 'WEBHOOK_UNREACHABLE' });
  });

  it('says what stands in the way: nobody listens, or the certificate is of nobody that is trusted', async () => {
    await using folder = await temporaryDirectory();
    const { current } = await loadSiteCertificates(folder.path, ['127.0.0.1'], Date.now());
    await using untrusted = await startReceiver(current);
    const closed = await startReceiver();
    await closed[Symbol.asyncDispose]();
    const post = createPost(anywhere);

    await expect(post(request(closed.url), never)).rejects.toThrow(/cannot be reached: connect ECONNREFUSED/);
    await expect(post(request(untrusted.url), never)).rejects.toThrow(/cannot be reached: .*certificate/);
    expect(untrusted.received).toEqual([]);
  });

  it('goes to no address that listens for this machine alone, whatever the name says when it is connected to', async () => {
    await using receiver = await startReceiver();
    const post = createPost(nowhereInside);
    const byName = receiver.url.replace('127.0.0.1', 'localhost');

    await expect(post(request(receiver.url), never)).rejects.toMatchObject({ code: 'WEBHOOK_ADDRESS_REFUSED' });
    await expect(post(request(byName), never)).rejects.toMatchObject({ code: 'WEBHOOK_ADDRESS_REFUSED', details: { host: 'localhost' } });

    expect(receiver.received).toEqual([]);
  });
});

it.each([
  'http://127.0.0.1/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://0/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[fd00:ec2::254]/',
  'http://[fe80::1]/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
])('%s is refused in every spelling', (url) => {
  expect(() => nowhereInside.requireReachable(url)).toThrow(/Nothing is sent to/);
});

it.each(['http://10.1.2.3/', 'http://192.168.1.10:8080/', 'https://[2001:db8::1]/', 'https://receiver.example/'])(
  '%s is one that a receiver may have',
  (url) => {
    expect(() => nowhereInside.requireReachable(url)).not.toThrow();
  },
);
