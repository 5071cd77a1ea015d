/** Import of a WIM against copying and hashing it by hand. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, OperatingSystemImage } from '@ostler/contract';
import { run } from '@ostler/imaging/run';
import { seconds, timeInTurn, type Row } from './measure.ts';

export interface ImportPlace {
  readonly client: Client;
  readonly wim: string;
  readonly directory: string;
  readonly rounds: number;
  readonly signal: AbortSignal;
}

/** One row, and the last image imported. Each round deletes the image before it, so that nothing is deduplicated. */
export async function measureImport({
  client,
  wim,
  directory,
  rounds,
  signal,
}: ImportPlace): Promise<{ row: Row; image: OperatingSystemImage }> {
  let image: OperatingSystemImage | null = null;
  const copy = join(directory, 'copy.wim');
  const pair = await timeInTurn(
    rounds,
    async () => {
      if (image) await client.call('images.delete', { params: { id: image.id } }, signal);
      await client.call('content.collect', { body: { graceHours: 0 } }, signal);
      image = await importOnce(client, wim, signal);
    },
    async () => {
      await rm(copy, { force: true });
      await run('cp', [wim, copy], { signal });
      await run('sha256sum', [copy], { signal });
    },
  );
  await rm(copy, { force: true });
  if (image === null) throw new Error('Nothing was imported.');
  const bound = 'verification: every file of the WIM is decompressed and hashed on one core, which cp does not do';
  const row = {
    what: 'import of a WIM',
    against: 'cp + sha256sum',
    ours: seconds(pair.ours),
    theirs: seconds(pair.theirs),
    ratio: pair.ratio,
    expected: '–',
    bound,
  };
  return { row, image };
}

async function importOnce(client: Client, path: string, signal: AbortSignal): Promise<OperatingSystemImage> {
  let job = await client.call('images.import', { body: { name: 'bench', path } }, signal);
  while (job.state === 'queued' || job.state === 'running') {
    await sleep(50, undefined, { signal });
    job = await client.call('jobs.get', { params: { id: job.id } }, signal);
  }
  if (job.state !== 'succeeded') throw new Error(`The import ${job.state}: ${job.error?.message ?? ''}`);
  return client.call('images.get', { params: { id: String(job.result?.['imageId']) } }, signal);
}
