import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import { finishRun, removeTraces } from '../src/end-run.ts';
import { realImaging } from '../src/imaging-operations.ts';
import { runSequence } from '../src/run-sequence.ts';
import { aFolder, anAssignment, someDependencies } from './builders.ts';
import { startFakeSite } from './fake-site.ts';

const command = (commandLine: string, more: object = {}) => ({
  type: 'run-command-line',
  name: 'Command',
  options: { commandLine },
  ...more,
});
const set = (variable: string, value: string, secret = false) => ({
  type: 'set-task-sequence-variable',
  name: `Set ${variable}`,
  options: { variable, value, secret },
});
const signal = AbortSignal.timeout(60_000);

async function aRun(steps: readonly unknown[], variables: Parameters<typeof anAssignment>[1] = [], startsIn: Environment = 'boot-image') {
  const site = await startFakeSite();
  const folder = await aFolder();
  site.assignment = anAssignment(steps, variables, startsIn);
  const start = (more: Partial<Parameters<typeof someDependencies>[0]> = {}) => {
    const dependencies = someDependencies({ folder: folder.path, url: site.url, ...more });
    const life = async () => {
      const assignment = await dependencies.link.call('agent.run', { params: { id: 'run-1' } }, { signal, patienceMs: 1000 });
      const end = await runSequence(assignment, dependencies, signal);
      await finishRun(end, dependencies, signal);
      return end;
    };
    return { dependencies, life };
  };
  return {
    site,
    folder: folder.path,
    start,
    [Symbol.asyncDispose]: async () => {
      await site[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('a run', () => {
  test('succeeds: each step is a message, its output is in the log, the server knows the end', async () => {
    await using run = await aRun(
      [set('Greeting', 'good %What%'), command('echo %Greeting%')],
      [{ name: 'What', value: 'morning', secret: false }],
    );

    const { outcome } = await run.start().life();

    expect(outcome).toEqual({ kind: 'succeeded', postAction: null });
    const { site } = run;
    expect(site.messages.map(({ kind }) => kind)).toEqual([
      'run-started',
      'step-started',
      'step-succeeded',
      'step-started',
      'step-succeeded',
      'run-succeeded',
    ]);
    expect(site.messages.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(site.messages[4]).toMatchObject({ output: 'good morning', exitCode: 0 });
    expect(site.log.toString()).toContain('line="good morning"');
    expect(site.journals.at(-1)).toMatchObject({ result: 'succeeded', cursor: null });
    expect(site.finished).toBe(1);
  });

  test('fails with the step, the exit code and the sentence, on the screen and on the server', async () => {
    await using run = await aRun([command('echo broken >&2; exit 7')]);

    const { outcome } = await run.start().life();

    expect(outcome).toMatchObject({ kind: 'failed', failure: { stepName: 'Command', exitCode: 7, error: { code: 'STEP_FAILED' } } });
    expect(run.site.messages.find(({ kind }) => kind === 'step-failed')).toMatchObject({ output: 'broken', exitCode: 7 });
    expect(run.site.finished).toBe(1);
  });

  test('a secret reaches the step, and neither the log nor a message nor the journal nor the screen', async () => {
    await using run = await aRun(
      [set('Derived', 'x-%Password%-y', true), command('echo %Derived%; echo "in:%Password%" >&2')],
      [{ name: 'Password', value: null, secret: true }],
    );
    run.site.secrets.set('Password', 'hunter2-Geheim');
    const { dependencies, life } = run.start();

    await life();

    const everything = [
      run.site.log.toString(),
      JSON.stringify(run.site.messages),
      JSON.stringify(run.site.journals),
      JSON.stringify(dependencies.shown),
    ];
    expect(run.site.messages.at(-2)?.output).toBe('********\nin:********');
    for (const text of everything) expect(text).not.toContain('hunter2');
  });

  test('in the boot environment the site has the messages of all that the journal calls done, so a power cut loses none', async () => {
    await using run = await aRun([set('A', '1'), set('B', '2')]);
    const { dependencies } = run.start();
    const told: string[][] = [];
    const call: typeof dependencies.link.call = async (name, request, patience) => {
      const before = run.site.messages.map(({ kind, stepName }) => `${kind} ${stepName}`);
      const answer = await dependencies.link.call(name, request, patience);
      if (name === 'agent.saveJournal') told.push(before);
      return answer;
    };
    const link = { call, append: dependencies.link.append.bind(dependencies.link) };

    await runSequence(run.site.assignment!, { ...dependencies, link, reportEveryMs: 60_000 }, signal);

    const secondBegins = run.site.journals.findIndex(({ cursor, cursorState }) => cursor?.[0] === 1 && cursorState === 'ready');
    expect(told[secondBegins]).toContain('step-succeeded Set A');
  });

  test('loses and doubles nothing while the server is cut, broken or loses answers', async () => {
    await using run = await aRun([command('echo one'), command('echo two'), command('echo three')]);
    const faults = [
      'cut',
      'error-500',
      'answer-lost',
      null,
      'answer-lost',
      'cut',
      null,
      null,
      'answer-lost',
      'error-500',
      'answer-lost',
    ] as const;
    const { dependencies, life } = run.start();
    const running = life();
    run.site.faults.push(null, ...faults, ...faults);

    const { outcome } = await running;

    expect(outcome.kind).toBe('succeeded');
    expect(run.site.messages.map(({ sequence }) => sequence)).toEqual(run.site.messages.map((_, index) => index + 1));
    expect(run.site.messages.filter(({ kind }) => kind === 'step-succeeded').map(({ output }) => output)).toEqual(['one', 'two', 'three']);
    const lines = run.site.log.toString().split('\n');
    expect(lines.filter((line) => line.includes('line=two'))).toHaveLength(1);
    expect(dependencies.config.environment).toBe('boot-image');
  });

  test('what a step has written is on the disk before the journal calls it done, so a power cut takes nothing back', async () => {
    await using run = await aRun([command('true'), command('true')]);
    const journalsAtFlush: number[] = [];
    const flushDisks = (): Promise<void> => {
      journalsAtFlush.push(run.site.journals.length);
      return Promise.resolve();
    };

    await run.start({ imaging: { flushDisks } }).life();

    expect(journalsAtFlush).toEqual(run.site.journals.map((_journal, index) => index));
  });

  test('an agent that is killed goes on from the journal: finished steps are not run again', async () => {
    await using run = await aRun([command('echo once >>%Folder%/ran'), command('echo the power is cut')]);
    run.site.assignment = { ...run.site.assignment!, variables: [{ name: 'Folder', value: run.folder, secret: false }] };
    const power = new AbortController();
    const cutting: typeof realImaging.run = async (program, args, options) => {
      if (args.some((arg) => arg.includes('power is cut'))) power.abort(new Error('the power is cut'));
      return realImaging.run(program, args, options);
    };
    const first = run.start({ imaging: { run: cutting } }).dependencies;
    await expect(runSequence(run.site.assignment, first, power.signal)).rejects.toThrow('the power is cut');

    const { outcome } = await run.start().life();

    expect(await readFile(join(run.folder, 'ran'), 'utf8')).toBe('once\n');
    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'STEP_INTERRUPTED' } } });
    expect(run.site.messages.map(({ kind }) => kind)).toContain('resumed');
    expect(run.site.messages.map(({ sequence }) => sequence)).toEqual(run.site.messages.map((_, index) => index + 1));
  });

  test('in the installed system it goes on without the server, and tells everything when it is back', async () => {
    await using run = await aRun([command('echo one'), command('echo two')], [], 'installed-os');
    const { dependencies, life } = run.start({ environment: 'installed-os', patienceMs: 50 });
    const running = life();
    run.site.faults.push(null);
    setTimeout(() => (run.site.away = true), 20);
    setTimeout(() => (run.site.away = false), 1500);

    const { outcome } = await running;

    expect(outcome.kind).toBe('succeeded');
    expect(run.site.messages.at(-1)?.kind).toBe('run-succeeded');
    expect(run.site.journals.at(-1)?.result).toBe('succeeded');
    expect(await readdir(dependencies.config.stateDirectory)).toContain('journal.json');
  });

  test('a cancelled run ends between two steps', async () => {
    await using run = await aRun([command('echo one'), command('echo two')]);
    run.site.cancelRequested = true;

    const { outcome } = await run.start().life();

    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'CANCELLED' } } });
    expect(run.site.messages.filter(({ kind }) => kind === 'step-started')).toHaveLength(0);
  });

  test('a restart stops the run, and the next life goes on behind it', async () => {
    await using run = await aRun([
      command('echo one'),
      { type: 'restart-computer', name: 'Restart', options: { target: 'installed-os', message: 'Back soon' } },
      command('echo two'),
    ]);
    const before = run.start();
    const assignment = run.site.assignment!;
    const first = await runSequence(assignment, before.dependencies, signal);

    const second = await run.start({ environment: 'installed-os' }).life();

    expect(first.outcome).toMatchObject({ kind: 'restart', target: 'installed-os', message: 'Back soon' });
    expect(second.outcome.kind).toBe('succeeded');
    expect(run.site.messages.map(({ kind, environment }) => `${kind} ${environment}`)).toContain('resumed installed-os');
  });

  test('goes on to its end with the agent that it began with where the site is updated in its middle', async () => {
    await using run = await aRun(
      [
        command('echo one', { condition: { all: [{ variable: 'Kind', operator: 'exists' }] } }),
        set('Two', 'two', true),
        { type: 'restart-computer', name: 'Restart', options: { target: 'installed-os' } },
        { type: 'group', name: 'Software', steps: [command('echo %Two% >%Folder%/ran')] },
      ],
      [{ name: 'Kind', value: 'laptop', secret: false }],
    );
    run.site.assignment!.variables.push({ name: 'Folder', value: run.folder, secret: false });
    const assignment = run.site.assignment!;
    run.site.isLater = true;
    const first = await runSequence(assignment, run.start().dependencies, signal);

    const second = await run.start({ environment: 'installed-os' }).life();

    expect([first.outcome.kind, second.outcome.kind]).toEqual(['restart', 'succeeded']);
    expect(await readFile(join(run.folder, 'ran'), 'utf8')).toBe('two\n');
    expect(run.site.journals.at(-1)).toMatchObject({ result: 'succeeded' });
    expect([run.site.messages.at(-1)?.kind, run.site.finished]).toEqual(['run-succeeded', 1]);
  });

  test('traces are taken off a disk only when there is one', async () => {
    await using run = await aRun([command('true')]);
    const { dependencies, life } = run.start();
    const { state } = await life();

    await removeTraces(state, dependencies, signal);

    expect(run.site.log.toString()).not.toContain('could not be taken off');
  });
});
