/**
 * Handing a run over to the agent in the installed system. It has two parts, because the power may go between them: the agent is on the disk
 * before the site knows that the run goes on there, for from then on the site starts the disk; what was not told yet follows.
 */
import { join } from 'node:path';
import type { EngineState, RunAssignment } from '@ostler/contract';
import { installedDirectory } from './config.ts';
import { exists } from './exists.ts';
import { installAgent, writeAgentFile } from './install-agent.ts';
import { openedVariables, plainVariables, writeJournal } from './journal.ts';
import { copyLogFile } from './log-shipper.ts';
import type { RunDependencies, RunEnd } from './run-sequence.ts';
import { createSealer } from './seal.ts';

/** A server that is away does not hold up a restart for longer where the disk carries everything on. */
const handOverPatienceMs = 60_000;

/** The run is about to leave the boot environment for the system on the disk. */
export function entersInstalledSystem({ plannedRestart, environment }: EngineState, { config }: Pick<RunDependencies, 'config'>): boolean {
  return config.environment === 'boot-image' && plannedRestart && environment === 'installed-os';
}

/**
 * The agent is in the applied system, with the key of this boot: the one before it is worth nothing any more.
 * @returns the agent's folder there; null where no Linux system was applied. The system stays mounted.
 */
export async function placeAgent(
  state: EngineState,
  { sealingKey }: Pick<RunAssignment, 'sealingKey'>,
  { target, program, handOver: agentFile }: Pick<RunDependencies, 'target' | 'program' | 'handOver'>,
  signal: AbortSignal,
): Promise<string | null> {
  const root = target.root(plainVariables(state));
  if (root === undefined || root.fileSystem === 'ntfs') return null;
  // This life may not have touched the disk: an encrypted one is opened first.
  await target.mountRoot(root, { signal, report: () => undefined }, await openedVariables(state, createSealer(sealingKey)));
  const folder = join(target.rootPath, installedDirectory);
  // A run that was begun again after its end: its agent had taken itself off the disk.
  if (await exists(join(folder, 'node'))) await writeAgentFile(target.rootPath, agentFile);
  else await installAgent(target.rootPath, program, agentFile);
  return folder;
}

/** Everything that the agent in the installed system needs is on the target's disk, and the disk is unmounted. */
export async function handOver({ run, state }: RunEnd, dependencies: RunDependencies, signal: AbortSignal): Promise<void> {
  const { target, log, config } = dependencies;
  const { assignment, reporter, spool, logFile } = run;
  await reporter.flush(signal, handOverPatienceMs).catch((error: unknown) => {
    signal.throwIfAborted();
    log.warn({ err: error }, 'the server could not be told everything before the restart');
  });
  if (state === null || config.environment === 'installed-os') return;
  const folder = await placeAgent(state, assignment, dependencies, signal);
  if (folder === null) return;
  await writeJournal(folder, assignment.runId, state);
  await spool.copyTo(folder);
  await copyLogFile(logFile, folder);
  await target.unmountAll();
}
