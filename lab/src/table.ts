/** Tables for the terminal, as text. Pure; who prints them is output.ts. */

export interface TimedPart {
  readonly what: string;
  readonly ms: number;
}

const barWidth = 30;

/** One line a part with its time and a bar of its share, and the sum. */
export function formatTimes(parts: readonly TimedPart[]): string {
  const totalMs = parts.reduce((sum, { ms }) => sum + ms, 0);
  const longestMs = Math.max(1, ...parts.map(({ ms }) => ms));
  const width = Math.max('total'.length, ...parts.map(({ what }) => what.length));
  const line = (what: string, ms: number, bar: string): string =>
    `  ${what.padEnd(width)}  ${formatDuration(ms).padStart(8)}  ${bar}`.trimEnd();
  const bars = parts.map(({ what, ms }) => line(what, ms, '█'.repeat(Math.round((ms / longestMs) * barWidth))));
  return [...bars, `  ${'─'.repeat(width)}  ${'─'.repeat(8)}`, line('total', totalMs, '')].join('\n');
}

/** `850 ms`, `12.3 s`, `4 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Columns aligned to the left, two spaces apart. */
export function formatColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()).join('\n');
}
