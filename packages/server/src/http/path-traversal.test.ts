/** Paths that lead out of the folders that files are served from and stored in, as bytes on the wire: no client tidies them up before. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runApp, type RunningApp } from '../../test/running-app.ts';

const canary = 'what-nobody-may-read';
/** From the data directory's folders to the canary in it, and to a file that every Linux has. */
const ways = [
  '../canary',
  '../../canary',
  '..%2fcanary',
  '..%2f..%2fcanary',
  '%2e%2e/%2e%2e/canary',
  '%2e%2e%2f%2e%2e%2fcanary',
  '..%5c..%5ccanary',
  '....//....//canary',
  '..%252f..%252fcanary',
  '..%c0%af..%c0%afcanary',
  '%00/../canary',
  '/etc/passwd',
  '../../../../../../../../etc/passwd',
  '..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
];
const ofFiles = ['/boot/files/', '/boot/loaders/', '/grub/', '/boot/grub/', '/'];
const ofApi = [
  '/api/v1/content/',
  '/api/v1/agent/content/',
  '/api/v1/agent/bundle/',
  '/api/v1/runs/',
  '/api/v1/runs/run-1/log/',
  '/api/v1/state-stores/',
  '/api/v1/uploads/',
  '/api/v1/docs/',
  '/api/v1/docs/static/',
  '/api/v1/client/',
  '/',
];

describe('a path that leads out of its folder', () => {
  let running: RunningApp;
  let authorization: string;
  beforeAll(async () => {
    running = await runApp();
    authorization = `Bearer ${await running.signIn()}`;
    const { root, content, runs } = running.app.site.data;
    for (const folder of [root, content, runs, dirname(root)]) await writeFile(join(folder, 'canary'), canary);
  });
  afterAll(async () => running[Symbol.asyncDispose]());

  const ask = async (origin: string, path: string, options: RequestOptions = {}, body = '') => {
    const { protocol, hostname, port } = new URL(origin);
    const request = protocol === 'https:' ? httpsRequest : httpRequest;
    const all = { hostname, port, path, headers: { authorization }, ca: running.app.site.caPem, ...options };
    return new Promise<{ readonly status: number; readonly body: string }>((resolve, reject) => {
      const sent = request(all, (answer) => {
        text(answer).then((said) => resolve({ status: answer.statusCode ?? 0, body: said }), reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  };

  it.each([
    ['plain HTTP', () => running.app.site.filesUrl(), ofFiles],
    ['HTTPS', () => running.app.site.serverUrl(), ofApi],
  ] as const)('reads nothing over %s', async (_name, origin, places) => {
    for (const place of places) {
      for (const way of ways) {
        const { status, body } = await ask(origin(), `${place}${way}`);
        expect([place + way, status < 500, body.includes(canary), body.includes('root:')]).toEqual([place + way, true, false, false]);
      }
    }
  });

  it('writes nothing with an upload: neither by its address nor by the name of the file', async () => {
    const { root, uploads } = running.app.site.data;
    const list = async () =>
      (await readdir(dirname(root), { recursive: true })).filter((path) => !path.includes('ostler.sqlite')).toSorted();
    const before = await list();
    const headers = { authorization, 'content-type': 'application/octet-stream', 'upload-offset': '0' };

    for (const way of ways) {
      const { status } = await ask(running.app.site.serverUrl(), `/api/v1/uploads/${way}`, { method: 'PATCH', headers }, 'written');
      expect([way, status >= 400 && status < 500]).toEqual([way, true]);
    }
    const names = ['../../canary', '/etc/ostler-canary', '..\\canary', 'a/../../canary'];
    const made = await Promise.all(
      names.map(async (fileName) => {
        const payload = { fileName, sizeBytes: 7 };
        const answer = await running.app.https.inject({ method: 'POST', url: '/api/v1/uploads', headers: { authorization }, payload });
        const { id } = answer.json<{ id?: string }>();
        if (id !== undefined) await ask(running.app.site.serverUrl(), `/api/v1/uploads/${id}`, { method: 'PATCH', headers }, 'written');
        return id;
      }),
    );

    const ids = made.filter((id) => id !== undefined);
    const after = await list();
    expect(after.filter((path) => !before.includes(path))).toEqual(ids.map((id) => join('data', 'uploads', id)).toSorted());
    for (const id of ids) expect(await readFile(join(uploads, id), 'utf8')).toBe('written');
    expect(await readFile(join(root, 'canary'), 'utf8')).toBe(canary);
  });
});
