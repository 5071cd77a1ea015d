import { WebhookSecret } from '@ostler/contract';
import { expect, it } from 'vitest';
import { newSecret, signatureHeaders } from './sign.ts';

it('a receiver with any library of Standard Webhooks can verify what is sent', () => {
  const secret = 'whsec_plJ3nmyCDGBKInavdOK15jsl';
  const signed = { id: 'msg_loFOjxBNrRLzqYUf', atMs: 1_731_705_121_999, body: '{"event_type":"ping","data":{"success":true}}' };

  expect(signatureHeaders(signed, [secret, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])).toEqual({
    'webhook-id': 'msg_loFOjxBNrRLzqYUf',
    'webhook-timestamp': '1731705121',
    'webhook-signature': expect.stringMatching(/^v1,rAvfW3dJ\/X\/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0= v1,[\w+/]{43}=$/),
  });
});

it('a new secret is one that receivers take', () => {
  expect(WebhookSecret.safeParse(newSecret()).success).toBe(true);
});
