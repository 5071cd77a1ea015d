/** A whole deployment on an emulated machine, split by phase: the lab's own figures. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { z } from 'zod';
import { seconds, type Row } from './measure.ts';

/** What `ostler lab --report FILE` writes. */
const LabTimes = z.object({ accelerator: z.string(), phases: z.array(z.object({ what: z.string(), ms: z.number() })) });
type LabTimes = z.output<typeof LabTimes>;

/** Runs the lab's deployment and measures it. */
export async function measureDeployment(repository: string, signal: AbortSignal, say: (line: string) => void): Promise<Row[]> {
  const directory = await mkdtemp(join(tmpdir(), 'ostler-bench-lab-'));
  const report = join(directory, 'lab.json');
  try {
    await run(process.execPath, [join(repository, 'lab/src/main.ts'), '--report', report], {
      signal,
      onOutput: (text) => say(text.trimEnd()),
    });
    return await readDeployment(report);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The rows of a lab run that wrote its report. @throws ZodError when the file is none */
export async function readDeployment(report: string): Promise<Row[]> {
  return deploymentRows(LabTimes.parse(JSON.parse(await readFile(report, 'utf8'))));
}

/** One row a phase, and their sums. There is no plain tool to compare with: the expected times stand beside. */
function deploymentRows({ accelerator, phases }: LabTimes): Row[] {
  const sumMs = (parts: LabTimes['phases']): number => parts.reduce((sum, { ms }) => sum + ms, 0);
  const firstStep = phases.findIndex(({ what }) => what.startsWith('step: '));
  const row = (what: string, ms: number, expected: string): Row => ({
    what: `deployment: ${what}`,
    against: '–',
    ours: seconds(ms),
    theirs: '–',
    ratio: null,
    expected,
    bound: `a virtual machine under ${accelerator}`,
  });
  return [
    ...phases.map(({ what, ms }) => row(what, ms, '–')),
    row('from power-on to the first step', sumMs(phases.slice(0, firstStep)), '< 60 s'),
    row('from power-on to the answer', sumMs(phases), '< 6 min'),
  ];
}
