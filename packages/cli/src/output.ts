/** What the command line prints: tables, facts, progress, errors; or JSON for scripts. The only place here that writes to the console. */
import { ApiError, formatBytes, isOstlerError, toErrorBody, type ErrorBody, type Progress } from '@ostler/contract';

export interface Output {
  /** Results: to standard output; as JSON when asked for, else by `human`. */
  result(value: unknown, human: () => string): void;
  /** What is being done: to standard error, not with --json. */
  note(text: string): void;
  /** One line that is rewritten on a terminal, and printed now and then elsewhere. */
  progress(subject: string, progress: Progress | null): void;
  /** The same with words of one's own; elsewhere another subject is printed at once. */
  live(subject: string, text: string): void;
  endProgress(): void;
}

export interface OutputOptions {
  readonly json: boolean;
  readonly terminal: boolean;
  readonly now: () => number;
}

/** Between two progress lines where there is no terminal. */
const quietMs = 10_000;

export function createOutput({ json, terminal, now }: OutputOptions): Output {
  const none = { text: '', atMs: 0, startedMs: 0, subject: '' };
  let lastLine = none;
  const clear = (): void => {
    if (terminal && lastLine.text !== '') process.stderr.write('\r\u001B[K');
  };
  const live: Output['live'] = (subject, text) => {
    if (json) return;
    if (terminal) process.stderr.write(`\r\u001B[K${text.slice(0, (process.stderr.columns || 80) - 1)}`);
    else if (now() - lastLine.atMs >= quietMs || lastLine.subject !== subject) process.stderr.write(`${text}\n`);
    else return;
    lastLine = { text, atMs: now(), startedMs: lastLine.subject === subject ? lastLine.startedMs : now(), subject };
  };
  return {
    result: (value, human) => {
      const text = json ? JSON.stringify(value, null, 2) : human();
      if (text === '') return;
      clear();
      process.stdout.write(`${text}\n`);
    },
    note: (text) => {
      if (!json) process.stderr.write(`${text}\n`);
    },
    live,
    progress: (subject, progress) => {
      const startedMs = lastLine.subject === subject ? lastLine.startedMs : now();
      live(subject, progressLine(subject, progress, now() - startedMs));
    },
    endProgress: () => {
      clear();
      lastLine = none;
    },
  };
}

/** `Importing win11.wim: Hashing  42 %  1.2 GiB of 2.9 GiB, about 20 s left`. */
export function progressLine(subject: string, progress: Progress | null, elapsedMs: number): string {
  if (progress === null) return `${subject}: waiting`;
  const { activity, done, total, unit } = progress;
  const amount = unit === 'bytes' ? formatBytes(done) : String(Math.round(done));
  if (total === null || total === 0) return `${subject}: ${activity}  ${amount}${unit === 'bytes' ? '' : ` ${unit}`}`;
  const share = Math.min(1, done / total);
  const left = share > 0.02 && share < 1 ? `, about ${formatDuration((elapsedMs / share) * (1 - share))} left` : '';
  const of = unit === 'percent' ? '' : `  ${amount} of ${unit === 'bytes' ? formatBytes(total) : `${total} ${unit}`}`;
  return `${subject}: ${activity}  ${Math.floor(share * 100)} %${of}${left}`;
}

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string | number | null;
}

/** Rows in aligned columns, or the sentence for none. */
export function formatTable<T>(rows: readonly T[], columns: readonly Column<T>[], none: string): string {
  if (rows.length === 0) return none;
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ value }) => String(value(row) ?? '–')))];
  const widths = columns.map((_column, index) => Math.max(...cells.map((line) => (line[index] ?? '').length)));
  return cells
    .map((line) =>
      line
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The same rows for spreadsheets (RFC 4180). */
export function formatCsv<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ value }) => csvCell(value(row))))];
  return lines.map((line) => line.join(',')).join('\r\n');
}

/**
 * One value. What a spreadsheet would take for a formula gets an apostrophe before it: text that begins with one of the characters of
 * OWASP's "CSV Injection", also a wide one, also behind spaces.
 */
export function csvCell(value: string | number | null): string {
  const isFormula = typeof value === 'string' && /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/u.test(value);
  const safe = isFormula ? `'${value}` : String(value ?? '');
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** `name  value` lines of an object, one level deep; deeper values as JSON. What is not there is the same dash as in a table. */
export function formatFacts(value: object): string {
  const entries = Object.entries(value);
  const width = Math.max(...entries.map(([key]) => key.length));
  return entries
    .map(([key, part]) => `${key.padEnd(width)}  ${typeof part === 'object' && part !== null ? JSON.stringify(part) : String(part ?? '–')}`)
    .join('\n');
}

export function formatDuration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** An error: the sentence, the place in the text that is wrong where it says one, and what to do next. */
export function formatError(thrown: unknown): string {
  const { message, hint, details } = errorBodyOf(thrown);
  return [`Error: ${message}`, ...placeLines(details), ...(hint === undefined ? [] : [`  ${hint}`])].join('\n');
}

function placeLines({ excerpt, column }: ErrorBody['details']): string[] {
  if (typeof excerpt !== 'string' || typeof column !== 'number') return [];
  return [`  ${excerpt}`, `  ${' '.repeat(column - 1)}^`];
}

export function errorBodyOf(thrown: unknown): ErrorBody {
  if (thrown instanceof ApiError) return thrown.body;
  return isOstlerError(thrown)
    ? toErrorBody(thrown)
    : { code: 'INTERNAL', message: thrown instanceof Error ? thrown.message : String(thrown), details: {} };
}

/** Errors of the program itself go to standard error, as JSON when asked for. */
export function printError(thrown: unknown, json: boolean): void {
  process.stderr.write(`${json ? JSON.stringify(errorBodyOf(thrown)) : formatError(thrown)}\n`);
}

/** A line of the program's own story, for commands that run other programs. */
export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
