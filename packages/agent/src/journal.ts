/**
 * Where the engine's state is kept: on the server first, then on the target's disk as soon as there is one. In the boot
 * environment nothing goes on until the server has it; in the installed system the disk is enough while the network is away.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineState, Id, isOstlerError, parseKnown } from '@ostler/contract';
import { z } from 'zod';
import { writeFileAtomically } from './atomic-file.ts';
import type { Log } from './log.ts';
import type { RunControl } from './run-control.ts';
import type { Sealer } from './seal.ts';
import type { ServerLink } from './server-link.ts';

const JournalFile = z.object({ runId: Id, state: EngineState });

export interface JournalOptions {
  readonly runId: string;
  readonly link: Pick<ServerLink, 'call'>;
  /** Folders on disks that outlive a power cut; none before there is one. */
  readonly directories: () => readonly string[];
  /** How long a save waits for the server where the disk can hold the state. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly control: Pick<RunControl, 'hear'>;
  readonly log: Log;
}

const fileName = 'journal.json';

export class Journal {
  readonly #options: JournalOptions;
  #serverAnswers = true;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Settles when the state is durable. @throws OstlerError SERVER_UNREACHABLE only where no disk could take it. */
  async save(state: EngineState): Promise<void> {
    const unreachable = await this.#saveToServer(state);
    const saved = await this.#saveToDisks(state);
    if (unreachable !== null && !saved) throw unreachable;
  }

  /** Sends the state once more: the run's end must be known. @throws OstlerError SERVER_UNREACHABLE when patience has ended */
  async settle(state: EngineState, patienceMs: number): Promise<void> {
    const { link, runId: id, signal } = this.#options;
    await link.call('agent.saveJournal', { params: { id }, body: state }, { signal, patienceMs });
  }

  async #saveToServer(state: EngineState): Promise<Error | null> {
    const { link, runId: id, signal, patienceMs, log } = this.#options;
    // Once the server is known to be away, each further save asks it only once.
    const patience = this.#serverAnswers ? patienceMs : 0;
    try {
      const answer = await link.call('agent.saveJournal', { params: { id }, body: state }, { signal, patienceMs: patience });
      this.#serverAnswers = true;
      this.#options.control.hear(answer);
      return null;
    } catch (error) {
      if (!isOstlerError(error) || error.code !== 'SERVER_UNREACHABLE') throw error;
      this.#serverAnswers = false;
      log.warn({ err: error, revision: state.revision }, 'the journal is kept on the disk only, until the server answers');
      return error;
    }
  }

  async #saveToDisks(state: EngineState): Promise<boolean> {
    let saved = false;
    for (const directory of this.#options.directories()) {
      try {
        await writeJournal(directory, this.#options.runId, state);
        saved = true;
      } catch (error) {
        this.#options.log.warn({ err: error, directory }, 'the journal cannot be written to the disk');
      }
    }
    return saved;
  }
}

export async function writeJournal(directory: string, runId: string, state: EngineState): Promise<void> {
  await writeFileAtomically(join(directory, fileName), JSON.stringify({ runId, state }), 0o600);
}

/** The state that the folder holds for this run; null where there is none. An agent of a later boot image may have written it. */
export async function readJournal(directory: string, runId: string): Promise<EngineState | null> {
  try {
    const parsed = parseKnown(JournalFile, JSON.parse(await readFile(join(directory, fileName), 'utf8')));
    return parsed.runId === runId ? parsed.state : null;
  } catch {
    return null;
  }
}

/** The one that knows more. */
export function newerState(a: EngineState | null, b: EngineState | null): EngineState | null {
  if (a === null || b === null) return a ?? b;
  return b.revision > a.revision ? b : a;
}

/** The variables of a journal, as far as they are not secret. */
export function plainVariables(state: EngineState): { get(name: string): string | undefined } {
  const values = new Map(Object.entries(state.variables).map(([name, kept]) => [name.toLowerCase(), 'value' in kept ? kept.value : '']));
  return { get: (name) => values.get(name.toLowerCase()) || undefined };
}

/** All of a journal's variables, the secret ones opened. @throws OstlerError SECRET_UNREADABLE */
export async function openedVariables(
  state: EngineState,
  { unseal }: Pick<Sealer, 'unseal'>,
): Promise<{ get(name: string): string | undefined }> {
  const values = new Map<string, string>();
  for (const [name, kept] of Object.entries(state.variables)) {
    values.set(name.toLowerCase(), 'value' in kept ? kept.value : await unseal(kept.sealed));
  }
  return { get: (name) => values.get(name.toLowerCase()) || undefined };
}
