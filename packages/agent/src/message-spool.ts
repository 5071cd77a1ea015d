/** Status messages that the server has not acknowledged yet: numbered, kept on disks, sent in order. Nothing is lost or sent twice. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StatusMessage } from '@ostler/contract';
import { z } from 'zod';
import { writeFileAtomically } from './atomic-file.ts';
import type { Log } from './log.ts';

export interface SpoolOptions {
  /** Folders that keep unsent messages; the first that can be read is where a new life begins. */
  readonly directories: () => readonly string[];
  /** The number that the server expects next. */
  readonly nextSequence: number;
  readonly log: Log;
}

const fileName = 'messages.json';
/** At most so many in one report (contract: StatusReport). */
const batchSize = 100;

export class MessageSpool {
  readonly #options: SpoolOptions;
  #pending: readonly StatusMessage[];
  #nextSequence: number;
  #written: Promise<void> = Promise.resolve();

  private constructor(options: SpoolOptions, pending: readonly StatusMessage[]) {
    this.#options = options;
    this.#pending = pending;
    this.#nextSequence = (pending.at(-1)?.sequence ?? options.nextSequence - 1) + 1;
  }

  /** Takes up what an earlier life of the agent could not send. */
  static async open(options: SpoolOptions): Promise<MessageSpool> {
    const kept = await Promise.all(options.directories().map(readMessages));
    const unsent = new Map(kept.flat().map((message) => [message.sequence, message]));
    const inOrder: StatusMessage[] = [];
    // A gap would never close: only what follows the server's last number without one is taken.
    for (let next = options.nextSequence; unsent.has(next); next += 1) inOrder.push(unsent.get(next) as StatusMessage);
    return new MessageSpool(options, inOrder);
  }

  async add(message: Omit<StatusMessage, 'sequence'>): Promise<void> {
    this.#pending = [...this.#pending, { sequence: this.#nextSequence, ...message }];
    this.#nextSequence += 1;
    await this.#keep();
  }

  /** What to send next. */
  batch(): StatusMessage[] {
    return this.#pending.slice(0, batchSize);
  }

  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }

  /** The server has every message up to this number. */
  async acknowledge(sequence: number): Promise<void> {
    const left = this.#pending.filter((message) => message.sequence > sequence);
    if (left.length === this.#pending.length) return;
    this.#pending = left;
    await this.#keep();
  }

  /** Writes what is unsent into one more folder, for the agent that goes on there. */
  async copyTo(directory: string): Promise<void> {
    await writeFileAtomically(join(directory, fileName), JSON.stringify(this.#pending), 0o600);
  }

  /** One write after the other, each with what is unsent at its turn. */
  #keep(): Promise<void> {
    this.#written = this.#written.then(() => this.#write());
    return this.#written;
  }

  async #write(): Promise<void> {
    for (const directory of this.#options.directories()) {
      try {
        await this.copyTo(directory);
      } catch (error) {
        this.#options.log.warn({ err: error, directory }, 'unsent status messages cannot be kept on the disk');
      }
    }
  }
}

async function readMessages(directory: string): Promise<StatusMessage[]> {
  try {
    return z.array(StatusMessage).parse(JSON.parse(await readFile(join(directory, fileName), 'utf8')));
  } catch {
    return [];
  }
}
