import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@ostler/testkit';
import type { SyncAnswer } from '@ostler/contract';
import { expect, it } from 'vitest';
import { KeptContent } from './kept-content.ts';

const sha256 = 'a'.repeat(64);
const answer: SyncAnswer = {
  name: 'Berlin',
  spaceReserveBytes: 0,
  pullBytesPerSecond: null,
  graceHours: 24,
  contentTokenKey: 'PEM',
  siteTime: '2026-11-27T10:00:00.000Z',
  content: [{ sha256, sizeBytes: 10, fetchOrder: 0, validateOrder: 0 }],
};

it('keeps its records whole while the site’s wishes and the pulling change them at the same time', async () => {
  await using folder = await temporaryDirectory();
  const place = { content: join(folder.path, 'content'), state: join(folder.path, 'state.json') };
  await mkdir(place.content);
  const kept = await KeptContent.open(place);
  await kept.accept(answer, 1);

  const changes = Array.from({ length: 20 }, async (_none, number) => {
    await kept.accept({ ...answer, spaceReserveBytes: number }, 1);
    await kept.change(sha256, { state: 'failed', problem: `try ${number}` });
  });
  await Promise.all(changes);

  const again = await KeptContent.open(place);
  expect(again.pieces).toEqual(kept.pieces);
  expect(again.terms?.spaceReserveBytes).toBe(kept.terms?.spaceReserveBytes);
  expect(again.report()).toMatchObject([{ state: 'failed' }]);
});
