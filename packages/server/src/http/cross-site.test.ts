/** Another site in the browser of somebody who is signed in gets nothing: a session is in no cookie, so that no request carries it by itself. */
import { describe, expect, it } from 'vitest';
import { runApp } from '../../test/running-app.ts';

describe('another site in the same browser', () => {
  it('gets nothing with a form that it posts', async () => {
    await using running = await runApp();
    const session = await running.signIn();
    const { https } = running.app;
    const headers = { origin: 'https://elsewhere.example', cookie: `session=${session}; token=${session}` };
    const forms = ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain'];

    for (const type of forms) {
      const answer = await https.inject({
        method: 'POST',
        url: '/api/v1/devices',
        headers: { ...headers, 'content-type': type },
        payload: '{"name":"pc-1","macAddresses":["52:54:00:00:00:01"]}',
      });
      expect([type, answer.statusCode]).toEqual([type, 401]);
    }
    const login = await https.inject({
      method: 'POST',
      url: '/api/v1/login',
      headers: { ...headers, 'content-type': 'text/plain' },
      payload: '{"name":"admin","password":"x"}',
    });
    expect(login.statusCode).toBe(400);
    expect(login.json()).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('is not let read or send headers, and no answer sets a cookie or may be framed', async () => {
    await using running = await runApp();
    const session = await running.signIn();
    const { https } = running.app;
    const origin = 'https://elsewhere.example';
    const asked = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };

    const preflight = await https.inject({ method: 'OPTIONS', url: '/api/v1/devices', headers: asked });
    const answer = await https.inject({ url: '/api/v1/devices', headers: { origin, authorization: `Bearer ${session}` } });

    for (const { headers } of [preflight, answer]) {
      expect(headers).not.toHaveProperty('access-control-allow-origin');
      expect(headers).not.toHaveProperty('set-cookie');
      expect(headers).toMatchObject({ 'x-frame-options': 'DENY' });
    }
    expect(preflight.statusCode).toBe(404);
  });

  it('fixes no session: a token that was brought along is never taken up', async () => {
    await using running = await runApp();
    const brought = 'b'.repeat(43);
    const headers = { authorization: `Bearer ${brought}` };
    const token = await running.signIn();

    expect(token).not.toBe(brought);
    expect((await running.app.https.inject({ url: '/api/v1/devices', headers })).statusCode).toBe(401);
  });
});
