/** `ostler test`: the gate, the tests, then the lab; each part's result in one count at the end. */
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { printLine } from './output.ts';
import { runProgram } from './start-program.ts';

/** What the test runner and the lab write as JSON. */
const TestReport = z.object({ numPassedTests: z.number(), numFailedTests: z.number(), numPendingTests: z.number() });
const LabReport = z.object({ scenarios: z.array(z.object({ name: z.string(), passed: z.boolean() })) });

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const checks = [
  { name: 'types', program: 'tsc', args: [] },
  { name: 'lint', program: 'oxlint', args: ['--type-aware'] },
  { name: 'format', program: 'oxfmt', args: ['--check'] },
  { name: 'dead code', program: 'knip', args: [] },
  { name: 'reference', program: 'node', args: ['tools/reference/main.ts', '--check'] },
] as const;

/** Runs everything, goes on after a failure, and ends with `N passed, N failed` alone on a line. Answers the exit code. */
export async function runTests(root: string, options: { readonly all?: boolean; readonly fast?: boolean }): Promise<number> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, program, args } of checks) {
    printLine(`── ${name}`);
    const exitCode = await runProgram(join(root, 'node_modules/.bin', program), args, root);
    tally[exitCode === 0 ? 'passed' : 'failed'] += 1;
  }
  await runVitest(root, tally);
  if (options.fast !== true) await runLab(root, tally, options.all === true ? ['--all'] : ['--suite', 'test']);
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
  printLine(`${tally.passed} passed, ${tally.failed} failed${skipped}`);
  return tally.failed === 0 ? 0 : 1;
}

async function runVitest(root: string, tally: Tally): Promise<void> {
  printLine('── tests');
  const report = join(tmpdir(), `ostler-tests-${process.pid}.json`);
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const exitCode = await runProgram(join(root, 'node_modules/.bin/vitest'), args, root);
  const counts = TestReport.safeParse(await readJson(report));
  await rm(report, { force: true });
  if (!counts.success) {
    tally.failed += 1;
    return;
  }
  tally.passed += counts.data.numPassedTests;
  tally.skipped += counts.data.numPendingTests;
  // A run can fail without a failed test: an error outside one, or no tests at all.
  tally.failed += exitCode === 0 ? counts.data.numFailedTests : Math.max(1, counts.data.numFailedTests);
}

async function runLab(root: string, tally: Tally, which: readonly string[]): Promise<void> {
  printLine('── lab');
  const report = join(tmpdir(), `ostler-lab-${process.pid}.json`);
  const exitCode = await runProgram(process.execPath, [join(root, 'lab/src/main.ts'), 'run', ...which, '--report', report], root);
  const result = LabReport.safeParse(await readJson(report));
  await rm(report, { force: true });
  const scenarios = result.success ? result.data.scenarios : [];
  const failed = scenarios.filter(({ passed }) => !passed).length;
  tally.passed += scenarios.length - failed;
  tally.failed += exitCode === 0 && scenarios.length > 0 ? failed : Math.max(1, failed);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return null;
  }
}
