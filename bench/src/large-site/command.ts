/** `ostler bench collections` and `ostler bench monitoring`: what is measured on a large site, on either database, saved as sections of docs/measurements.md. */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Row } from '../measure.ts';
import { databasesOf, siteDatabases, wholeNumber, type SiteDatabase } from '../options.ts';
import { formatRows, machineText, printLine, saveSection, type Section } from '../output.ts';
import { createLargeSite, type LargeSite } from './large-site.ts';

/** How large the site is: each count is a flag of the command. */
type Scale<C extends string> = Readonly<Record<C, number>>;

export interface LargeMeasurement<C extends string> {
  /** Of the command. */
  readonly name: string;
  /** Of the section, before the name of the database. */
  readonly title: string;
  /** What the command does, in a sentence. */
  readonly summary: string;
  /** What each count is. */
  readonly counts: Readonly<Record<C, string>>;
  /** Unless the command says otherwise. */
  readonly scale: Scale<C>;
  /** What the site holds, and how the figures are to be read: after the line about the machine. */
  readonly describe: (scale: Scale<C>) => string;
  readonly measure: (site: LargeSite, scale: Scale<C>, signal: AbortSignal) => Promise<Row[]>;
}

/** @returns the exit code */
export async function runLargeCommand<C extends string>(
  measurement: LargeMeasurement<C>,
  words: readonly string[],
  defaultOutput: string,
  signal: AbortSignal,
): Promise<number> {
  // Safe: the keys of the scale are its counts.
  const counts = Object.keys(measurement.scale) as C[];
  const { values } = parseArgs({
    args: [...words],
    options: {
      ...Object.fromEntries(counts.map((count) => [count, { type: 'string' } as const])),
      database: { type: 'string' },
      profile: { type: 'string' },
      output: { type: 'string', default: defaultOutput },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    printLine(helpOf(measurement));
    return 0;
  }
  const given: Readonly<Record<string, string | boolean | undefined>> = values;
  const countOf = (count: C): number => (given[count] === undefined ? measurement.scale[count] : wholeNumber(String(given[count])));
  // Safe: every count has its number.
  const scale = Object.fromEntries(counts.map((count) => [count, countOf(count)])) as Scale<C>;
  for (const database of databasesOf(values.database)) {
    const section = await measureOn(measurement, { scale, database, profileDirectory: values.profile ?? null }, signal);
    printLine(section.text);
    if (values.output !== 'none') await saveSection(values.output, section);
  }
  return 0;
}

function helpOf<C extends string>({ name, summary, counts }: LargeMeasurement<C>): string {
  const flags = Object.entries<string>(counts);
  return `Usage: ostler bench ${name} ${flags.map(([count]) => `[--${count} N]`).join(' ')} [--database sqlite|postgresql] [--profile DIR] [--output FILE]

${summary}

${flags.map(([count, what]) => `  ${`--${count} N`.padEnd(18)}${what}`).join('\n')}
  --database NAME   sqlite or postgresql (one is started for it); both, one after the other, by default
  --profile DIR     write the server's CPU profiles there, for Chrome's developer tools
  --output FILE     where the section goes, docs/measurements.md by default; "none": nowhere`;
}

interface Wanted<C extends string> {
  readonly scale: Scale<C>;
  readonly database: SiteDatabase;
  readonly profileDirectory: string | null;
}

async function measureOn<C extends string>(
  { name, title, scale: counts, describe, measure }: LargeMeasurement<C>,
  { scale, database, profileDirectory }: Wanted<C>,
  signal: AbortSignal,
): Promise<Section> {
  await using cleanUp = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), `ostler-${name}-`));
  cleanUp.defer(() => rm(directory, { recursive: true, force: true }));
  const site = cleanUp.use(await createLargeSite({ directory, database, profileDirectory }, signal));
  printLine(`${title} on ${siteDatabases[database]} …`);
  const rows = await measure(site, scale, signal);
  const heading = `## ${title} on ${siteDatabases[database]}`;
  const flags = Object.keys(counts).map((count) => `--${count} ${scale[count as C]}`);
  const command = ['./ostler bench', name, ...flags, '--database', database].join(' ');
  const made = `Made by \`${command}\` on ${new Date().toISOString().slice(0, 10)}: ${machineText()}; load average ${(loadavg()[0] ?? 0).toFixed(1)} at the end.`;
  return { heading, text: [heading, '', made, describe(scale), '', ...formatRows(rows), ''].join('\n') };
}
