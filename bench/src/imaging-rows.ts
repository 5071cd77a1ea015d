/** Capture and apply against wimlib-imagex called by hand, on the same tree. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { applyWimImage, captureWimImage, type ImagingPort } from '@ostler/imaging';
import { run } from '@ostler/imaging/run';
import { seconds, timeInTurn, type Pair, type Row } from './measure.ts';

export interface ImagingPlace {
  /** The tree that is captured. */
  readonly tree: string;
  readonly directory: string;
  readonly rounds: number;
  readonly signal: AbortSignal;
}

const bound = 'wimlib: LZX compression on all cores, extraction on one';

/** Two rows; leaves `ours.wim` behind for the others. */
export async function measureImaging(place: ImagingPlace): Promise<Row[]> {
  const port: ImagingPort = { signal: place.signal, report: () => undefined };
  return [await measureCapture(place, port), await measureApply(place, port)];
}

async function measureCapture({ tree, directory, rounds, signal }: ImagingPlace, port: ImagingPort): Promise<Row> {
  const theirs = join(directory, 'theirs.wim');
  const request = {
    source: tree,
    destination: join(directory, 'ours.wim'),
    compression: 'lzx',
    name: 'Bench',
    description: '',
    exclude: [],
  } as const;
  const pair = await timeInTurn(
    rounds,
    async () => {
      await captureWimImage(request, port);
    },
    async () => {
      await rm(theirs, { force: true });
      await run('wimlib-imagex', ['capture', tree, theirs, 'Bench', '--unix-data', '--compress=lzx'], { signal });
    },
  );
  return timeRow('capture, LZX', 'wimlib-imagex capture', pair);
}

async function measureApply({ directory, rounds, signal }: ImagingPlace, port: ImagingPort): Promise<Row> {
  const wim = join(directory, 'ours.wim');
  const target = join(directory, 'applied');
  const emptyTarget = async (): Promise<void> => {
    await rm(target, { recursive: true, force: true });
    await mkdir(target);
  };
  const pair = await timeInTurn(
    rounds,
    async () => {
      await emptyTarget();
      await applyWimImage({ wim, index: 1, target: { kind: 'directory', path: target } }, port);
    },
    async () => {
      await emptyTarget();
      await run('wimlib-imagex', ['apply', wim, '1', target, '--unix-data'], { signal });
    },
  );
  await rm(target, { recursive: true, force: true });
  return timeRow('apply to a directory', 'wimlib-imagex apply', pair);
}

function timeRow(what: string, against: string, { ours, theirs, ratio }: Pair): Row {
  return { what, against, ours: seconds(ours), theirs: seconds(theirs), ratio, expected: '≤ 1.1', bound };
}
