import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, DEFAULT_CIPHERS, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { errorCatalogue, routes, streamRoutes } from '@ostler/contract';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { administratorPassword, configFor, runApp, runAppWith } from '../test/running-app.ts';
import { silentLog } from '../test/databases.ts';
import { startApp } from './app.ts';

const login = { method: 'POST', url: '/api/v1/login' } as const;

describe('the running site', () => {
  it('answers over TLS to whoever pins its CA, and to nobody else', async () => {
    await using running = await runApp();
    const url = `${running.app.site.serverUrl()}/healthz`;
    const usual = getCACertificates('default');

    await expect(fetch(url)).rejects.toThrow('fetch failed');
    setDefaultCACertificates([running.app.site.caPem]);
    const answer = await fetch(url);
    setDefaultCACertificates(usual);

    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'ok' });
  });

  it.each([
    ['AES-128, the fastest for most', DEFAULT_CIPHERS, 'TLS_AES_128_GCM_SHA256'],
    ['ChaCha20 where the client names it first', `TLS_CHACHA20_POLY1305_SHA256:${DEFAULT_CIPHERS}`, 'TLS_CHACHA20_POLY1305_SHA256'],
  ])('encrypts with %s', async (_why, ciphers, agreed) => {
    await using running = await runApp();
    const { hostname: host, port } = new URL(running.app.site.serverUrl());

    const socket = connect({ host, port: Number(port), ca: running.app.site.caPem, ciphers });
    await once(socket, 'secureConnect');

    expect(socket.getCipher().name).toBe(agreed);
    socket.destroy();
  });

  it('is ready while its database and its disk are', async () => {
    await using running = await runApp();

    const answer = await running.app.https.inject('/readyz');

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      ready: true,
      checks: [{ name: 'database', ok: true, detail: 'sqlite' }, { ok: true }, { ok: true }],
    });
  });

  it('serves nothing but boot files over plain HTTP', async () => {
    await using running = await runApp();

    for (const path of ['/healthz', '/metrics', '/api/v1/site', '/api/v1/login', '/api/v1/openapi.json', '/']) {
      const answer = await fetch(`${running.app.site.filesUrl()}${path}`);
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });

  it('lets one server at a time have a data directory, and the next one when it has gone', async () => {
    await using running = await runApp();
    const config = configFor(running.config.dataDirectory);

    await expect(startApp({ config, log: silentLog, now: Date.now, environment: {} })).rejects.toThrow(
      `Another server (process ${process.pid}) uses`,
    );

    await running.app[Symbol.asyncDispose]();
    await using next = await startApp({ config, log: silentLog, now: Date.now, environment: {} });
    expect(next.isFirstStart).toBe(false);
  });

  it('takes over the data directory of a server that was killed', async () => {
    await using running = await runApp();
    const config = configFor(running.config.dataDirectory);
    await running.app[Symbol.asyncDispose]();
    await writeFile(running.app.site.data.lock, `${process.pid} 12345\n`);

    await using next = await startApp({ config, log: silentLog, now: Date.now, environment: {} });
    expect((await next.https.inject('/healthz')).statusCode).toBe(200);
  });

  it('says which port is taken', async () => {
    await using running = await runApp();
    const port = new URL(running.app.site.serverUrl()).port;

    await expect(runApp('--https-port', port)).rejects.toThrow(`cannot listen on 127.0.0.1 port ${port}`);
  });
});

describe('the API', () => {
  it('asks for a token, and for another first password before anything else', async () => {
    await using running = await runApp();
    const { https, site } = running.app;
    const password = (await readFile(site.data.firstAdministratorPassword, 'utf8')).trim();
    const { token } = (await https.inject({ ...login, payload: { name: 'admin', password } })).json<{ token: string }>();
    const headers = { authorization: `Bearer ${token}` };

    expect((await https.inject('/api/v1/site')).json()).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await https.inject({ url: '/api/v1/site', headers: { authorization: 'Bearer wrong' } })).statusCode).toBe(401);
    const refused = await https.inject({ url: '/api/v1/site', headers });
    expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([403, 'PASSWORD_CHANGE_REQUIRED']);
    expect((await https.inject({ url: '/api/v1/whoami', headers })).json()).toEqual({
      name: 'admin',
      mustChangePassword: true,
      mustSetSecondFactor: false,
    });

    const change = {
      method: 'POST',
      url: '/api/v1/password',
      headers,
      payload: { current: password, next: administratorPassword },
    } as const;
    const { sessionToken } = (await https.inject(change)).json<{ sessionToken: string }>();
    const changed = { authorization: `Bearer ${sessionToken}` };
    expect((await https.inject({ url: '/api/v1/site', headers })).statusCode).toBe(401);
    expect((await https.inject({ url: '/api/v1/site', headers: changed })).json()).toMatchObject({
      name: 'Ostler',
      unknownComputers: 'ignore',
    });
  });

  it('changes the site’s settings and never shows the password for targets', async () => {
    await using running = await runApp();
    const headers = { authorization: `Bearer ${await running.signIn()}` };
    const payload = { trust: 'password', targetPassword: 'deploy-me-now', kernelOptions: 'console=ttyS0' };

    const changed = await running.app.https.inject({ method: 'PATCH', url: '/api/v1/site', headers, payload });

    expect(changed.json()).toMatchObject({
      trust: 'password',
      kernelOptions: 'console=ttyS0',
      targetPasswordSet: true,
      menuTimeoutSeconds: 10,
    });
    expect(changed.body).not.toContain('deploy-me-now');
    expect(await running.app.site.settings.verifyTargetPassword('deploy-me-now')).toBe(true);
    expect(await running.app.site.settings.verifyTargetPassword('something else')).toBe(false);
  });

  it('says in a sentence what is wrong with a request, with an id and without a stack', async () => {
    await using running = await runApp();
    const { https } = running.app;

    const wrongBody = await https.inject({ ...login, payload: { name: 'Admin!', password: 7, more: true } });
    const notJson = await https.inject({ ...login, headers: { 'content-type': 'application/json' }, payload: '{' });
    const notThere = await https.inject('/api/v1/nothing?x=1');

    expect(wrongBody.statusCode).toBe(400);
    expect(wrongBody.json<{ message: string }>().message).toMatch(
      /^The request is not valid: body\.name: is not an account name; body\.password: .*; body: .*more/,
    );
    expect(notJson.json()).toMatchObject({ code: 'BAD_REQUEST' });
    expect(notThere.json()).toMatchObject({ code: 'ROUTE_NOT_FOUND', message: 'GET /api/v1/nothing is not part of the API.' });
    expect(wrongBody.headers['x-request-id']).toMatch(/^req-[0-9a-f]{16}$/);
    expect(wrongBody.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect(wrongBody.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('hides what went wrong inside, and names the request in the log', async () => {
    const lines: string[] = [];
    await using running = await runAppWith({ log: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }) });
    const { https, site } = running.app;
    await site.database.sql.schema.dropTable('sessions').execute();

    const answer = await https.inject({ url: '/api/v1/site', headers: { authorization: 'Bearer some-secret-token' } });

    const body = answer.json<{ code: string; message: string; details: { requestId: string } }>();
    expect([answer.statusCode, body.code, body.message]).toEqual([500, 'INTERNAL', errorCatalogue.INTERNAL.text]);
    expect(lines.join('')).toContain(body.details.requestId);
    expect(lines.join('')).toContain('no such table');
    expect(lines.join('')).not.toContain('some-secret-token');
  });

  it('refuses a body that is too large before it has all arrived', async () => {
    await using running = await runApp();

    const answer = await running.app.https.inject({ ...login, payload: { name: 'admin', password: 'x'.repeat(5_000_000) } });

    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', details: { limitBytes: 4_194_304 } });
  });

  it('tells an impatient guesser how long to wait', async () => {
    await using running = await runApp();
    const guess = () => running.app.https.inject({ ...login, payload: { name: 'admin', password: 'guess' } });
    const answers = await Promise.all(Array.from({ length: 11 }, guess));

    const refused = answers.find(({ statusCode }) => statusCode === 429);

    expect(refused?.json()).toMatchObject({ code: 'TOO_MANY_ATTEMPTS' });
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(200);
  });

  it('is described by an OpenAPI document that names every route, and a page that needs no other host', async () => {
    await using running = await runApp();
    const { https } = running.app;

    const document = (await https.inject('/api/v1/openapi.json')).json<{
      openapi: string;
      paths: Record<string, Record<string, { operationId: string }>>;
    }>();
    const page = await https.inject('/api/v1/docs/');
    const script = await https.inject('/api/v1/docs/static/swagger-ui-bundle.js');

    const operations = Object.values(document.paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
    expect(operations.toSorted()).toEqual([...Object.keys(routes), ...Object.keys(streamRoutes)].toSorted());
    expect(document.openapi).toBe('3.1.1');
    const text = JSON.stringify(document);
    const names = new Set(Object.keys((document as unknown as { components: { schemas: object } }).components.schemas));
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(names).toContain(name);
    expect(text).not.toContain('"$defs"');
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    expect(script.statusCode).toBe(200);
  });

  it('shows metrics to an administrator and to the metrics token', async () => {
    const metricsToken = 'prometheus-reads-this';
    await using running = await runApp('--metrics-token', metricsToken);
    const { https } = running.app;
    await https.inject('/healthz');

    const open = await https.inject('/metrics');
    const byToken = await https.inject({ url: '/metrics', headers: { authorization: `Bearer ${metricsToken}` } });
    const byPerson = await https.inject({ url: '/metrics', headers: { authorization: `Bearer ${await running.signIn()}` } });

    expect(open.statusCode).toBe(401);
    expect(byToken.body).toContain('ostler_http_request_duration_seconds_count{method="GET",route="/healthz",status="200"} 1');
    expect(byToken.body).toContain('ostler_jobs{state="queued"} 0');
    expect(byPerson.statusCode).toBe(200);
  });
});
