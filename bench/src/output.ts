/** What the benchmark prints and saves: sections of a page of Markdown, each replaced by the next run of what it measures. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import type { Row } from './measure.ts';

export interface Section {
  /** Its first line; no other section begins with it. */
  readonly heading: string;
  /** With the heading. */
  readonly text: string;
}

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The main table, with the machine it was measured on. */
export function mainSection(rows: readonly Row[], { date, rounds }: { readonly date: string; readonly rounds: number }): Section {
  const heading = '# Measurements';
  const text = [
    heading,
    '',
    `Made by \`./ostler bench\` on ${date}: ${machineText()}. Each figure is the median of ${rounds} rounds, ours and the plain tool's in turn; the ratio is the`,
    'median of the ratios of each round, ours over theirs. Times and rates drift from machine to machine, ratios hold.',
    '',
    ...formatRows(rows),
    '',
  ].join('\n');
  return { heading, text };
}

export function formatRows(rows: readonly Row[]): string[] {
  const lines = rows.map(({ what, against, ours, theirs, ratio, expected, bound }) =>
    tableRow([what, against, ours, theirs, ratio === null ? '–' : ratio.toFixed(2), expected, bound]),
  );
  return [
    tableRow(['what', 'against', 'Ostler', 'plain tool', 'ratio', 'expected', 'bound by']),
    tableRow(['---', '---', '---', '---', '---', '---', '---']),
    ...lines,
  ];
}

export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

export function machineText(): string {
  const processors = cpus();
  return `${processors.length} × ${processors[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB memory, Node ${process.versions.node}`;
}

/** Writes the section in the place of the one with its heading, or at the end of the page. */
export async function saveSection(path: string, section: Section): Promise<void> {
  const page = await readFile(path, 'utf8').catch(() => '');
  await writeFile(path, withSection(page, section));
}

export function withSection(page: string, { heading, text }: Section): string {
  const sections = page.split(/^(?=##? )/m).filter((each) => each.trim() !== '');
  const place = sections.findIndex((each) => each.startsWith(`${heading}\n`));
  const written = place === -1 ? [...sections, text] : sections.with(place, text);
  return `${written.map((each) => each.trimEnd()).join('\n\n')}\n`;
}
