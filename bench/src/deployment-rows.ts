/** A whole deployment on an emulated machine, split by phase: the lab's own figures. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { z } from 'zod';
import { seconds, type Row } from './measure.ts';

/** What `ostler lab --report FILE` writes. */
const LabTimes = z.object({ accelerator: z.string(), phases: z.array(z.object({ what: z.string(), ms: z.number() })) });

/** One row a phase, and one for all of them. There is no plain tool to compare with: the expected times stand beside. */
export async function measureDeployment(repository: string, signal: AbortSignal, say: (line: string) => void): Promise<Row[]> {
  const directory = await mkdtemp(join(tmpdir(), 'ostler-bench-lab-'));
  const report = join(directory, 'lab.json');
  try {
    await run(process.execPath, [join(repository, 'lab/src/main.ts'), '--report', report], {
      signal,
      onOutput: (text) => say(text.trimEnd()),
    });
    const { accelerator, phases } = LabTimes.parse(JSON.parse(await readFile(report, 'utf8')));
    const total = phases.reduce((sum, { ms }) => sum + ms, 0);
    const rows = [...phases, { what: 'all of it', ms: total }];
    return rows.map(({ what, ms }) => ({
      what: `deployment: ${what}`,
      against: '–',
      ours: seconds(ms),
      theirs: '–',
      ratio: null,
      expected: '–',
      bound: `a virtual machine under ${accelerator}`,
    }));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
