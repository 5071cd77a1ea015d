import { mkdir, open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readWimFile } from '@ostler/imaging';
import { run } from '@ostler/imaging/run';
import { describe, expect, it } from 'vitest';
import { aJob, contentParts, uploaded, type TestParts } from '../../test/content-parts.ts';
import { databases, silentLog } from '../../test/databases.ts';
import type { RequestContext } from '../http/handlers.ts';
import { captureHandlers, imageHandlers } from './image-handlers.ts';
import { exportImage, importImage } from './import-image.ts';

const signal = AbortSignal.timeout(60_000);
const aContext = (caller: RequestContext['caller']): RequestContext => ({ caller, remoteAddress: '::1', log: silentLog, signal });
const jobs = { enqueue: () => Promise.reject(new Error('no job is expected')) };

/** A real WIM of two images. */
async function aWim({ folder }: TestParts): Promise<string> {
  const tree = join(folder, 'tree');
  const wim = join(folder, 'image.wim');
  await mkdir(tree);
  await writeFile(join(tree, 'hello'), 'hello\n'.repeat(50_000));
  await run('wimlib-imagex', ['capture', tree, wim, 'First', '--compress=none'], { signal });
  await run('wimlib-imagex', ['append', tree, wim, 'Second'], { signal });
  return wim;
}

describe.each(databases)('an image on $dialect', ({ open: openDatabase }) => {
  it('is imported from a file on the server with what is inside, and its name is taken then', async () => {
    await using test = await openDatabase();
    await using parts = await contentParts(test.database);
    const path = await aWim(parts);
    const payload = { name: 'Two', description: 'for tests', path, uploadId: null };

    const { imageId } = await importImage(payload, aJob(), parts);

    const image = await parts.images.get(imageId);
    expect(image).toMatchObject({ name: 'Two', origin: 'import', compression: 'none' });
    expect(image.indexes.map(({ index, name }) => [index, name])).toEqual([
      [1, 'First'],
      [2, 'Second'],
    ]);
    expect(await readFile(await parts.content.pathOf(image.content.sha256))).toEqual(await readFile(path));
    await expect(importImage(payload, aJob(), parts)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  it('is imported from an upload, which is gone then; the job done again finds it', async () => {
    await using test = await openDatabase();
    await using parts = await contentParts(test.database);
    const uploadId = await uploaded(parts.uploads, 'install.wim', await readFile(await aWim(parts)));
    const payload = { name: 'Uploaded', description: '', path: null, uploadId };

    const first = await importImage(payload, aJob(), parts);
    const again = await importImage(payload, aJob(), parts);

    expect(again).toEqual(first);
    expect(await readdir(join(parts.folder, 'uploads'))).toEqual([]);
  });

  it.each([
    ['cut short', 'IMAGE_TRUNCATED', (path: string) => truncate(path, 20_000)],
    ['with a flipped bit', 'IMAGE_CORRUPT', (path: string) => overwrite(path, 1000, 'X')],
    [
      'that is no WIM',
      'IMAGE_NOT_A_WIM',
      (path: string) => writeFile(path, 'PK\u0003\u0004 and more, much longer than a header'.repeat(20)),
    ],
  ])('%s is refused by its upload’s own name, and nothing of it is stored', async (_what, code, spoil) => {
    await using test = await openDatabase();
    await using parts = await contentParts(test.database);
    const path = await aWim(parts);
    await spoil(path);
    const uploadId = await uploaded(parts.uploads, 'install.wim', await readFile(path));

    const importing = importImage({ name: 'Bad', description: '', path: null, uploadId }, aJob(), parts);

    await expect(importing).rejects.toMatchObject({ code, details: { path: 'install.wim' } });
    expect(await parts.content.list()).toEqual([]);
    expect(await parts.images.list()).toEqual([]);
  });

  it('is exported, one index, to a file that is not there yet', async () => {
    await using test = await openDatabase();
    await using parts = await contentParts(test.database);
    const { imageId } = await importImage({ name: 'Two', description: '', path: await aWim(parts), uploadId: null }, aJob(), parts);
    const path = join(parts.folder, 'second.wim');

    const result = await exportImage({ imageId, index: 2, path }, aJob(), parts);

    expect((await readWimFile(path)).images.map(({ name }) => name)).toEqual(['Second']);
    expect(result.sizeBytes).toBe((await stat(path)).size);
    await expect(exportImage({ imageId, index: 2, path }, aJob(), parts)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(exportImage({ imageId, index: 3, path }, aJob(), parts)).rejects.toMatchObject({ code: 'IMAGE_INDEX_NOT_FOUND' });
  });

  it('is not deleted while something uses it, and is told what', async () => {
    await using test = await openDatabase();
    await using parts = await contentParts(test.database);
    const { imageId } = await importImage({ name: 'Two', description: '', path: await aWim(parts), uploadId: null }, aJob(), parts);
    const users = ['the task sequence Install'];
    const handlers = imageHandlers({ ...parts, jobs, imageUsers: () => Promise.resolve([...users]) });
    const request = { params: { id: imageId }, query: undefined, body: undefined };
    const context = aContext({ kind: 'public' });

    await expect(handlers['images.delete'](request, context)).rejects.toMatchObject({ code: 'IN_USE', details: { users: users[0] } });
    users.length = 0;
    await handlers['images.delete'](request, context);

    expect(await parts.images.list()).toEqual([]);
  });

  it('is made of a machine’s capture once, however often it asks, and gets a free name', async () => {
    await using test = await openDatabase();
    await using parts = await contentParts(test.database);
    const path = await aWim(parts);
    await importImage({ name: 'Reference', description: '', path, uploadId: null }, aJob(), parts);
    const { uploads } = parts;
    const bytes = await readFile(path);
    const { id: uploadId } = await uploads.create('device-1', 'capture.wim', bytes.length);
    await uploads.append({
      id: uploadId,
      owner: 'device-1',
      offset: 0,
      body: (async function* () {
        yield bytes;
      })(),
    });
    const capture = captureHandlers({ ...parts, log: silentLog, stopping: signal })['agent.capturedImage'];
    const body = { uploadId, name: 'Reference', description: 'captured' };
    const request = { params: { id: 'run-1' }, query: undefined, body };
    const machine = aContext({ kind: 'agent', deviceId: 'device-1', runId: 'run-1' });

    const [first, second] = await Promise.all([capture(request, machine), capture(request, machine)]);
    const later = await capture(request, machine);

    expect(first).toMatchObject({ name: 'Reference (2)', origin: 'capture' });
    expect([second.id, later.id]).toEqual([first.id, first.id]);
    await expect(capture(request, aContext({ kind: 'agent', deviceId: 'device-2', runId: 'run-2' }))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});

async function overwrite(path: string, position: number, text: string): Promise<void> {
  await using file = await open(path, 'r+');
  await file.write(text, position);
}
