/** A real block device over a sparse file, for tests that run as root. Goes away with `await using`, with everything mounted below its folder. */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listDisks, type Disk } from '../src/disk/disks.ts';
import { unmountBelow } from '../src/disk/mounts.ts';
import type { ImagingPort, Progress } from '../src/port.ts';
import { run } from '../src/run.ts';

const mebibyte = 1024 * 1024;

export interface LoopDisk extends AsyncDisposable {
  readonly folder: string;
  readonly path: string;
  /** The disk as it is now. */
  look(): Promise<Disk>;
}

/** A port that collects what is reported. */
export function aPort(): ImagingPort & { readonly reports: Progress[] } {
  const reports: Progress[] = [];
  return { signal: AbortSignal.timeout(300_000), reports, report: (progress) => void reports.push(progress) };
}

export async function aFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'ostler-imaging-'));
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await unmountBelow(path);
      await rm(path, { recursive: true, force: true });
    },
  };
}

export async function aLoopDisk(options: { sizeMebibytes: number; sectorBytes?: number }): Promise<LoopDisk> {
  const { signal } = aPort();
  const folder = await aFolder();
  const file = join(folder.path, 'disk.img');
  await writeFile(file, '');
  await truncate(file, options.sizeMebibytes * mebibyte);
  const sector = String(options.sectorBytes ?? 512);
  const { stdout } = await run('losetup', ['--find', '--show', '--sector-size', sector, file], { signal });
  const path = stdout.trim();
  return {
    folder: folder.path,
    path,
    look: async () => {
      const disk = (await listDisks({ signal })).find((each) => each.path === path);
      if (disk === undefined) throw new Error(`no disk ${path}`);
      return disk;
    },
    [Symbol.asyncDispose]: async () => {
      await unmountBelow(folder.path);
      await run('partx', ['--delete', path], { signal, okExitCodes: [0, 1] });
      await run('losetup', ['--detach', path], { signal });
      await folder[Symbol.asyncDispose]();
    },
  };
}
