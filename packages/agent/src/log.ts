/**
 * The agent's log: readable lines with time, level, message and fields, in one file a run, shipped to the server while it grows.
 * Nothing secret reaches it: each line is masked before it is written.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { formatLogLine, type LogLevel } from '@ostler/contract';

export type Fields = Readonly<Record<string, unknown>>;
export interface Log {
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
}

/** Lines that wait for a file are kept up to this many. */
const keptLines = 2000;

export class RunLog implements Log {
  readonly #now: () => Date;
  #mask: (text: string) => string = (text) => text;
  #path: string | null = null;
  #waiting: string[] = [];

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** From here on lines go to the file; those that came before go first. */
  openFile(path: string): void {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#path = path;
    const waiting = this.#waiting.join('');
    this.#waiting = [];
    this.#append(waiting);
  }

  /** Takes secrets out of every later line. */
  useMask(mask: (text: string) => string): void {
    this.#mask = mask;
  }

  info(fields: Fields, message: string): void {
    this.write('info', message, fields);
  }

  warn(fields: Fields, message: string): void {
    this.write('warn', message, fields);
  }

  error(fields: Fields, message: string): void {
    this.write('error', message, fields);
  }

  /** @param message one of a table's sentences; data goes into the fields */
  write(level: LogLevel, message: string, fields: Fields): void {
    const line = formatLogLine({ at: this.#now().toISOString(), level, message, fields: readable(fields) });
    this.#append(`${this.#mask(line).replaceAll('\n', '\n    ')}\n`);
  }

  /** Written at once: a line about a crash is there after the crash. A full disk must not end the run that the log is about. */
  #append(text: string): void {
    if (this.#path === null) {
      this.#waiting = [...this.#waiting, text].slice(-keptLines);
      return;
    }
    try {
      appendFileSync(this.#path, text, { mode: 0o600 });
    } catch {
      this.#waiting = [...this.#waiting, text].slice(-keptLines);
    }
  }
}

/** What the client says between runs, for the system's own journal. */
export function serviceLog(now: () => Date, write: (line: string) => void): Log {
  const at = (level: LogLevel) => (fields: Fields, message: string) => {
    write(`${formatLogLine({ at: now().toISOString(), level, message, fields: readable(fields) })}\n`);
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Errors as their sentences: JSON has nothing of them. */
function readable(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? causeChain(value) : value]));
}

function causeChain(error: Error): string {
  const code = 'code' in error ? `${String(error.code)}: ` : '';
  const cause = error.cause instanceof Error ? ` (because ${causeChain(error.cause)})` : '';
  return `${code}${error.message}${cause}`;
}
