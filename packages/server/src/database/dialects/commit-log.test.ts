import { expect, it } from 'vitest';
import { CommitLog } from './commit-log.ts';

/** A disk that takes as long as the test wants. */
function slowDisk() {
  const syncs: PromiseWithResolvers<void>[] = [];
  const begun = async (count: number): Promise<void> => {
    while (syncs.length < count) await Promise.resolve();
  };
  const datasync = (): Promise<void> => {
    const sync = Promise.withResolvers<void>();
    syncs.push(sync);
    return sync.promise;
  };
  return { syncs, begun, log: new CommitLog(() => Promise.resolve({ datasync, close: () => Promise.resolve() })) };
}

it('what is committed while the disk is busy shares the next sync', async () => {
  const { syncs, begun, log } = slowDisk();
  const order: string[] = [];

  log.note();
  const first = log.durable().then(() => order.push('first'));
  await begun(1);
  const others = Array.from({ length: 100 }, () => {
    log.note();
    return log.durable().then(() => order.push('other'));
  });
  syncs[0]?.resolve();
  await first;
  await begun(2);

  expect(order).toEqual(['first']);
  syncs[1]?.resolve();
  await Promise.all(others);
  expect(syncs).toHaveLength(2);
});

it('where nothing was committed there is nothing to wait for', async () => {
  const { syncs, log } = slowDisk();

  await log.durable();

  expect(syncs).toHaveLength(0);
});

it('a disk that has failed once is never believed again', async () => {
  const { syncs, begun, log } = slowDisk();

  log.note();
  const first = log.durable();
  await begun(1);
  syncs[0]?.reject(new Error('input/output error'));

  await expect(first).rejects.toThrow('input/output error');
  await expect(log.durable()).rejects.toThrow('input/output error');
  log.note();
  await expect(log.durable()).rejects.toThrow('input/output error');
});
