/** The job of kind image-create: installs Debian into a folder, takes its identity away, captures it and stores it as an image. */
import { glob, mkdir, mkdtemp, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { captureWimImage, linuxCaptureExclusions, resetSshHostKeys } from '@ostler/imaging';
import { run, runWithOwnMounts } from '@ostler/imaging/run';
import { isOstlerError, OstlerError } from '@ostler/contract';
import type { JobContext, JobPayloads } from '../jobs/job-handlers.ts';
import { imageFiles, isSupported, leftOvers, mmdebstrapArgs, mmdebstrapSteps, units, type DebianImageOptions } from './debian-image.ts';
import { imagingPort, storeImage, type ImportDependencies } from './import-image.ts';

export interface CreateDependencies extends ImportDependencies {
  /** For the tree and the WIM, which are gone afterwards. */
  readonly workDirectory: string;
  readonly defaultMirror: string;
  readonly isRoot: boolean;
}

type Work = Pick<JobContext, 'signal' | 'log' | 'report'>;

/** What part of the whole each stage is, in percent: from … to. */
const stages = { install: [0, 60], capture: [60, 90], store: [90, 100] } as const;

/** @throws OstlerError IMAGE_CREATE_…, ALREADY_EXISTS and those of storing an image */
export async function createImage(payload: JobPayloads['image-create'], work: Work, dependencies: CreateDependencies) {
  const { name, distribution, suite, architecture, extraPackages } = payload;
  if (!isSupported({ suite, architecture })) throw new OstlerError('IMAGE_CREATE_UNSUPPORTED', { distribution, suite, architecture });
  if (!dependencies.isRoot) throw new OstlerError('IMAGE_CREATE_NEEDS_ROOT', {});
  await dependencies.images.refuseTaken(name);
  const options: DebianImageOptions = { suite, architecture, extraPackages, mirror: payload.mirror ?? dependencies.defaultMirror };
  const folder = await mkdtemp(join(dependencies.workDirectory, 'image-'));
  const tree = join(folder, 'tree');
  const path = join(folder, 'image.wim');
  try {
    await installDebian(options, tree, stage(work, stages.install));
    await settleTree(tree, work.signal);
    const description = `Debian ${suite} (${architecture}) with kernel, GRUB for BIOS and UEFI, systemd and SSH`;
    const capture = { source: tree, destination: path, compression: 'lzx', name, description, exclude: linuxCaptureExclusions } as const;
    await captureWimImage(capture, imagingPort(stage(work, stages.capture)));
    await rm(tree, { recursive: true });
    const source = { name, description, path, shownAs: name, origin: 'create', madeBy: null, ours: true } as const;
    const image = await storeImage(source, stage(work, stages.store), dependencies);
    return { imageId: image.id };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same work whose progress is its share of the whole; several activities in one stage never go back. */
function stage(work: Work, [from, to]: readonly [number, number]): Work {
  let reached: number = from;
  return {
    ...work,
    report: ({ activity, done, total }) => {
      const part = total === null || total === 0 ? 0 : Math.min(1, done / total);
      reached = Math.max(reached, Math.round(from + (to - from) * part));
      work.report({ activity, done: reached, total: 100, unit: 'percent' });
    },
  };
}

async function installDebian(options: DebianImageOptions, tree: string, { signal, report, log }: Work): Promise<void> {
  report({ activity: 'Preparing', done: 0, total: 100, unit: 'percent' });
  const onOutput = (text: string): void => {
    const step = mmdebstrapSteps.findLast(({ line }) => text.includes(line));
    if (step !== undefined) report({ activity: step.activity, done: step.percent, total: 100, unit: 'percent' });
    log.debug({ output: text.trimEnd() }, 'mmdebstrap');
  };
  try {
    await runWithOwnMounts('mmdebstrap', mmdebstrapArgs(options, tree), { signal, onOutput, env: { DEBIAN_FRONTEND: 'noninteractive' } });
  } catch (error) {
    if (!isOstlerError(error) || error.code !== 'COMMAND_FAILED') throw error;
    const reason = firstError(String(error.details['output']));
    throw new OstlerError(
      'IMAGE_CREATE_FAILED',
      { distribution: 'Debian', suite: options.suite, mirror: options.mirror, reason },
      { cause: error },
    );
  }
}

/** apt and mmdebstrap begin an error with "E: ". */
function firstError(output: string): string {
  return (
    output
      .split('\n')
      .find((line) => line.startsWith('E: '))
      ?.slice(3) ?? output.slice(-500)
  );
}

/** Takes away what belongs to the building machine and writes what every machine begins with. */
async function settleTree(tree: string, signal: AbortSignal): Promise<void> {
  for (const pattern of leftOvers) {
    for await (const path of glob(pattern, { cwd: tree })) await rm(join(tree, path), { recursive: true, force: true });
  }
  for (const [path, text] of Object.entries(imageFiles)) {
    await mkdir(join(tree, dirname(path)), { recursive: true });
    await rm(join(tree, path), { force: true });
    await writeFile(join(tree, path), text);
  }
  await rm(join(tree, 'etc/resolv.conf'), { force: true });
  await symlink('../run/systemd/resolve/stub-resolv.conf', join(tree, 'etc/resolv.conf'));
  await run('systemctl', [`--root=${tree}`, 'enable', ...units], { signal });
  await run('systemctl', [`--root=${tree}`, 'mask', 'systemd-firstboot.service'], { signal });
  await run('passwd', ['--root', tree, '--lock', 'root'], { signal });
  await resetSshHostKeys(tree);
  // Compiled now: on a slow machine the first start would spend a minute with it.
  await run('chroot', [tree, 'setupcon', '--save-only'], { signal });
  await markUpdated(tree);
}

/**
 * Tells systemd that the caches in /etc and /var are those of this /usr (systemd-update-done.service(8)): without it the first
 * start of every machine builds hardware database and message catalogue again, which takes longer than the start itself.
 */
async function markUpdated(tree: string): Promise<void> {
  const { mtimeMs } = await stat(join(tree, 'usr'));
  const seconds = Math.ceil(mtimeMs / 1000) + 1;
  for (const folder of ['etc', 'var']) {
    const path = join(tree, folder, '.updated');
    await writeFile(path, '');
    await utimes(path, seconds, seconds);
  }
}
