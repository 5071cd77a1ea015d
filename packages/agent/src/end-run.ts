/** The end of a run on this computer: everything told to the server, and nothing of the agent left on the disk. Going on after a restart is hand-over.ts. */
import { join } from 'node:path';
import { isOstlerError, type EngineState } from '@ostler/contract';
import { installedDirectory } from './config.ts';
import { exists } from './exists.ts';
import { leaveSystem } from './install-agent.ts';
import { plainVariables } from './journal.ts';
import type { RunDependencies, RunEnd } from './run-sequence.ts';

const forEver = Number.POSITIVE_INFINITY;

export interface ToldEnd {
  /** The server has everything of the run, its whole log too; or it takes no more of it. */
  readonly told: boolean;
  /** The proof that a failed run may be begun again with from here; null where that is not permitted. */
  readonly retryProof: string | null;
}

/** Settles when the server has acknowledged the end of the run with everything that belongs to it, knows the run no more, or patience has ended. Again goes on where it was. */
export async function finishRun(
  { run, state }: RunEnd,
  { link, log }: Pick<RunDependencies, 'link' | 'log'>,
  signal: AbortSignal,
  patienceMs = forEver,
): Promise<ToldEnd> {
  const { assignment, journal, reporter } = run;
  log.info({}, 'the run has ended; telling the server');
  try {
    if (state !== null) await journal.settle(state, patienceMs);
    await reporter.flush(signal, patienceMs);
    const { retryProof } = await link.call('agent.finish', { params: { id: assignment.runId } }, { signal, patienceMs });
    return { told: true, retryProof };
  } catch (error) {
    signal.throwIfAborted();
    if (!isOstlerError(error)) throw error;
    const told = error.code !== 'SERVER_UNREACHABLE';
    if (told) log.warn({ err: error }, 'the server has ended the run already');
    else log.warn({ err: error }, 'the server could not be told of the end yet');
    return { told, retryProof: null };
  }
}

/** A post action that waits for something does not keep the computer from restarting. */
const postActionLimitMs = 15 * 60_000;

/** Starts what SMSTSPostAction names, after everything else: it may well switch the computer off. Its result changes nothing. */
export async function runPostAction(
  outcome: RunEnd['outcome'],
  { imaging, log }: Pick<RunDependencies, 'imaging' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  if (outcome.kind === 'restart' || outcome.postAction === null) return;
  log.info({}, 'starting the post action');
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(postActionLimitMs)]);
    await imaging.run('sh', ['-c', outcome.postAction], { signal: limited, cwd: '/' });
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ err: error }, 'the post action failed');
  }
}

/** Takes the run, and the agent unless it is the system's client, off the disk. A disk that cannot be reached any more is left as it is. */
export async function removeTraces(state: EngineState | null, dependencies: RunDependencies, signal: AbortSignal): Promise<void> {
  const { config, target, log, imaging } = dependencies;
  try {
    if (config.environment === 'installed-os') {
      if (!(await leaveSystem('/'))) await imaging.run('systemctl', ['daemon-reload'], { signal });
      return;
    }
    const root = state === null ? undefined : target.root(plainVariables(state));
    if (root === undefined || root.fileSystem === 'ntfs') return;
    await target.mountRoot(root, { signal, report: () => undefined });
    if (await exists(join(target.rootPath, installedDirectory))) await leaveSystem(target.rootPath);
  } catch (error) {
    log.warn({ err: error }, 'the agent could not be taken off the disk');
  } finally {
    await target.unmountAll().catch((error: unknown) => {
      log.warn({ err: error }, 'a volume could not be unmounted');
    });
  }
}
