/** What the benchmark prints and saves. */
import { cpus, totalmem } from 'node:os';
import type { Row } from './measure.ts';

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The table as Markdown, with the machine it was measured on. */
export function formatReport(rows: readonly Row[], { date, rounds }: { readonly date: string; readonly rounds: number }): string {
  const processors = cpus();
  const machine = `${processors.length} × ${processors[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB memory, Node ${process.versions.node}`;
  const lines = rows.map(({ what, against, ours, theirs, ratio, expected, bound }) =>
    row([what, against, ours, theirs, ratio === null ? '–' : ratio.toFixed(2), expected, bound]),
  );
  return [
    '# Measurements',
    '',
    `Made by \`./ostler bench\` on ${date}: ${machine}. Each figure is the median of ${rounds} rounds, ours and the plain tool's in turn; the ratio is the`,
    'median of the ratios of each round, ours over theirs. Times and rates drift from machine to machine, ratios hold.',
    '',
    row(['what', 'against', 'Ostler', 'plain tool', 'ratio', 'expected', 'bound by']),
    row(['---', '---', '---', '---', '---', '---', '---']),
    ...lines,
    '',
  ].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
