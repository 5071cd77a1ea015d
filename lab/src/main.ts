/** The lab's command line: reads the world, keeps Ctrl-C clean, and starts what was asked for. */
import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { chooseAccelerator } from './accelerator.ts';
import { cacheAt, withCacheLock, type Cache } from './cache.ts';
import { showDeployment, summary, waitUntilStopped } from './lab.ts';
import type { LabId } from './lab-names.ts';
import { createOutput, type Output } from './output.ts';
import { prepareSite, type PreparedImage } from './prepare-site.ts';
import { machineSlots, runScenarios, type ScenarioResult } from './run-scenarios.ts';
import { scenarios, testSuite } from './scenarios/index.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { createStage, type LabBase } from './stage.ts';
import { sweep } from './sweep.ts';
import { formatColumns, formatDuration } from './table.ts';

const repository = join(import.meta.dirname, '..', '..');

interface World {
  readonly cache: Cache;
  /** Where results are written as JSON too. */
  readonly report: string | undefined;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly nextId: () => LabId;
}

async function prepareLab({ cache, seed, signal }: World, output: Output, images: readonly PreparedImage[]): Promise<LabBase> {
  const log = (text: string): void => output.progress('preparing', text);
  if (process.getuid?.() !== 0) throw new Error('The lab makes network namespaces and bridges: run it as root.');
  const removed = await sweep([cache.work, tmpdir()], signal);
  if (removed.length > 0) log(`removed what an earlier lab left behind: ${removed.join(', ')}`);
  log('a site with a boot image and a default operating system image (built the first time, cached afterwards)');
  const prepared = await withCacheLock(cache, signal, () => prepareSite({ repository, cache, images, onProgress: log }, signal));
  const kernel = join(cache.site, 'content', prepared.kernelSha256.slice(0, 2), prepared.kernelSha256);
  const accelerator = await chooseAccelerator(kernel, cache.accelerator, signal);
  log(
    accelerator === 'kvm'
      ? 'machines run with KVM'
      : 'KVM does not run a kernel here: machines are emulated (TCG), which is several times slower',
  );
  return { repository, cache, prepared, accelerator, seed };
}

async function tour(world: World, output: Output, keep: boolean): Promise<number> {
  const base = await prepareLab(world, output, []);
  const log = (text: string): void => output.progress('lab', text);
  const evidenceFolder = join(repository, 'lab', '.artifacts', 'lab');
  await using stage = await createStage(base, { id: world.nextId(), dhcp: 'full', log, evidenceFolder }, world.signal);
  log(`the site answers at ${stage.site.url} in the network ${stage.network.name}; it also gives addresses there`);
  try {
    const shown = await showDeployment(stage);
    await writeReport(world, output, { accelerator: base.accelerator, preparation: base.prepared.times, phases: shown.times });
    output.print(summary(stage, shown, base.prepared.times, base.prepared.access.password, keep));
    if (keep) await waitUntilStopped(output, world.signal);
    return 0;
  } catch (error) {
    if (keep && world.signal.aborted) return 0;
    await stage.keepEvidence(evidenceFolder);
    output.print(`Serial logs, screens and server logs are in ${evidenceFolder}`);
    throw error;
  }
}

/** The results for programs: to standard output with `--json`, and into the file of `--report`. */
async function writeReport({ report }: World, output: Output, results: unknown): Promise<void> {
  output.json(results);
  if (report !== undefined) await writeFile(report, JSON.stringify(results, null, 2));
}

async function runNamed(world: World, output: Output, chosen: readonly Scenario[], machines: number | undefined): Promise<number> {
  const images = chosen.flatMap((scenario) => scenario.images ?? []);
  const base = await prepareLab(world, output, images);
  const results = await runScenarios(
    chosen,
    {
      base,
      machineSlots: machines ?? machineSlots(availableParallelism(), freemem() / 2 ** 20),
      evidenceFolder: join(repository, 'lab', '.artifacts'),
      nextId: world.nextId,
      onLog: (name, text) => output.progress(name, text),
    },
    world.signal,
  );
  const failed = results.filter(({ passed }) => !passed);
  output.print('');
  output.print(formatColumns(results.map(describeResult)));
  output.print('');
  await writeReport(world, output, { accelerator: base.accelerator, preparation: base.prepared.times, scenarios: results });
  output.print(`${results.length - failed.length} passed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

function describeResult({ name, passed, durationMs, reason, evidence }: ScenarioResult): readonly string[] {
  const words = passed ? '' : `${reason ?? ''}${evidence === null ? '' : ` (see ${evidence})`}`;
  return [passed ? 'passed' : 'FAILED', name, formatDuration(durationMs), words];
}

function chooseScenarios(given: readonly string[], { all, suite }: { all: boolean; suite?: string }): readonly Scenario[] {
  if (all) return scenarios;
  if (suite !== undefined && suite !== 'test') throw new Error('The only suite is `test`: what `./ostler test` runs.');
  const names = suite === undefined ? given : testSuite;
  if (names.length === 0) throw new Error('Name scenarios, or give --all. `./ostler lab list` shows them.');
  return names.map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (found === undefined) throw new Error(`There is no scenario ${name}. \`./ostler lab list\` shows them.`);
    return found;
  });
}

function parseMachineCount(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('It is a number from 1 to 99.');
  return Number(text);
}

function listScenarios(output: Output): void {
  const rows = scenarios.map(({ name, shows, timeLimitMinutes, machineCount }) => ({ name, shows, timeLimitMinutes, machineCount }));
  output.json(rows);
  output.print(formatColumns(rows.map(({ name, shows }) => [name, shows])));
}

function readWorld(stop: AbortController, report: string | undefined): World {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Again and again is as good as once: the clean-up is under way.
    process.on(name, () => stop.abort(new Error('stopped')));
  }
  let number = 0;
  const nextId = (): LabId => {
    number += 1;
    return { pid: process.pid, number };
  };
  const cache = cacheAt(process.env['OSTLER_LAB_CACHE'] ?? join(repository, 'lab', '.cache'));
  return { cache, signal: stop.signal, nextId, report, seed: readSeed(process.env['OSTLER_LAB_SEED']) };
}

/** Of random moments: given to see a run again, otherwise another each time. */
function readSeed(text: string | undefined): number {
  if (text === undefined) return randomInt(2 ** 31);
  if (!/^\d{1,10}$/.test(text)) throw new Error('OSTLER_LAB_SEED is a number: the seed that a scenario printed.');
  return Number(text);
}

async function main(stop: AbortController): Promise<number> {
  let exitCode = 0;
  const global = (): { json: boolean; report?: string } => program.opts<{ json: boolean; report?: string }>();
  const world = (): World => readWorld(stop, global().report);
  const program = new Command('ostler lab').description('Virtual machines and networks that prove the product');
  program
    .option('--keep', 'leave the deployed computer and its server running until Ctrl-C', false)
    .option('--json', 'print results as JSON', false)
    .option('--report <file>', 'write results as JSON into a file too')
    .description('Deploys a bare virtual computer from the network and shows where the time goes')
    .action(async ({ keep }: { keep: boolean }) => {
      exitCode = await tour(world(), createOutput(global().json), keep);
    });
  program
    .command('run')
    .argument('[names...]', 'scenarios to run')
    .option('--all', 'run every scenario', false)
    .option('--suite <name>', 'run a suite; the only one is `test`')
    .option('--machines <count>', 'computers that may run at the same time (one a core where memory allows)', parseMachineCount)
    .description('Runs scenarios')
    .addHelpText('after', '\nWhere moments are random, the scenario prints their seed; OSTLER_LAB_SEED=<seed> plays them again.')
    .action(async (names: string[], { machines, ...options }: { all: boolean; suite?: string; machines?: number }) => {
      exitCode = await runNamed(world(), createOutput(global().json), chooseScenarios(names, options), machines);
    });
  program
    .command('list')
    .description('Lists the scenarios and what each shows')
    .action(() => listScenarios(createOutput(global().json)));
  await program.parseAsync();
  return exitCode;
}

const stop = new AbortController();
main(stop).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    const reason = stop.signal.aborted ? 'stopped; everything has been removed' : error instanceof Error ? error.message : String(error);
    createOutput(false).print(reason);
    process.exitCode = stop.signal.aborted ? 130 : 1;
  },
);
