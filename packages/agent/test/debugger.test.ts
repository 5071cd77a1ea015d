/** The debugger on the target: driven by its keys and by a small site, on this computer. */
import type { DebugCommand } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import type { DebuggerView } from '../src/debugger/debugger-view.ts';
import { runSequence, type RunDependencies } from '../src/run-sequence.ts';
import type { Key } from '../src/screen/keys.ts';
import type { ScreenView } from '../src/screen/screen-state.ts';
import { aFolder, anAssignment, someDependencies } from './builders.ts';
import { startFakeSite } from './fake-site.ts';
import { aStep, testSignal } from './run-of-steps.ts';

const command = (commandLine: string, name = commandLine) => ({ ...aStep('run-command-line', { commandLine }), name });
const debugMode = { name: 'TSDebugMode', value: 'true', secret: false };
const typed = (text: string): Key[] => text.split('').map((each) => ({ kind: 'text', text: each }));
const key = (kind: 'up' | 'down' | 'enter' | 'escape'): Key => ({ kind });
const views = (shown: readonly ScreenView[]) => shown.filter((view): view is DebuggerView => view.view === 'debugger');

/** Each key is typed when the debugger shows what it is for: nobody types faster than the picture changes. */
function typist(keys: readonly Key[], shown: readonly ScreenView[]): NonNullable<RunDependencies['debugConsole']['nextKey']> {
  const left = [...keys];
  let seen = 0;
  return async (signal) => {
    await expect.poll(() => signal.aborted || views(shown).length > seen, { timeout: 20_000 }).toBe(true);
    signal.throwIfAborted();
    seen = views(shown).length;
    const next = left.shift();
    if (next !== undefined) return next;
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  };
}

async function aRun(steps: readonly unknown[], keys: readonly Key[] | null, shell: RunDependencies['debugConsole']['shell'] = null) {
  const [site, folder] = [await startFakeSite(), await aFolder()];
  site.assignment = anAssignment(steps, [debugMode, { name: 'Word', value: null, secret: true }]);
  site.secrets.set('Word', 'hunter2-Geheim');
  const world = someDependencies({ folder: folder.path, url: site.url });
  const dependencies = { ...world, debugConsole: { nextKey: keys === null ? null : typist(keys, world.shown), shell } };
  const running = runSequence(site.assignment, dependencies, testSignal);
  running.catch(() => undefined);
  return {
    site,
    shown: world.shown,
    running,
    /** The site tells it again and again until the journal calls it settled. */
    tell: (each: DebugCommand) => void site.debugOrders.push({ number: site.debugOrders.length + 1, command: each }),
    waits: (stop: number) => expect.poll(() => site.debugViews.at(-1)?.stop, { timeout: 20_000 }).toBe(stop),
    ran: () => site.messages.filter(({ kind }) => kind === 'step-started').map(({ stepName }) => stepName),
    [Symbol.asyncDispose]: async () => {
      await running.catch(() => undefined);
      await site[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('the keys of the computer', () => {
  test('step, set a breakpoint and run to it, and quit; the picture shows where the run is and how the last step ended', async () => {
    const keys = [...typed('s'), key('down'), key('down'), ...typed('b'), ...typed('r'), ...typed('q')];
    await using world = await aRun(
      [command('echo one', 'One'), command('true', 'Two'), command('true', 'Three'), command('true', 'Four')],
      keys,
    );

    const { outcome } = await world.running;

    expect(outcome.kind).toBe('succeeded');
    const seen = views(world.shown);
    expect(seen[0]).toMatchObject({
      stop: 1,
      waiting: { reason: 'step' },
      last: null,
      hints: expect.arrayContaining([{ key: 'S', label: 'step' }]),
    });
    const second = seen.find(({ stop }) => stop === 2);
    expect(second?.last).toMatchObject({ stepName: 'One', result: 'succeeded', exitCode: 0, output: expect.stringContaining('one') });
    expect(second?.nodes[1]).toMatchObject({ name: 'Two', current: true });
    expect(seen.at(-1)).toMatchObject({ stop: 3, waiting: { reason: 'breakpoint' } });
    expect(seen.at(-1)?.nodes[3]).toMatchObject({ name: 'Four', current: true, breakpoint: true });
  });

  test('correct a variable at a failed step and run it again: the deployment goes on', async () => {
    const keys = [
      ...typed('r'),
      ...typed('va'),
      ...typed('Key'),
      key('enter'),
      ...typed('right'),
      key('enter'),
      key('escape'),
      ...typed('r'),
    ];
    await using world = await aRun([command('echo %Word%; test "%Key%" = right', 'Fragile'), command('true', 'After')], keys);

    expect((await world.running).outcome.kind).toBe('succeeded');

    expect(world.ran()).toEqual(['Fragile', 'Fragile', 'After']);
    const failed = views(world.shown).find(({ waiting }) => waiting.reason === 'failed');
    expect(failed).toMatchObject({ last: { result: 'failed', exitCode: 1 }, waiting: { failure: { error: { code: 'STEP_FAILED' } } } });
    expect(failed?.variables).toContainEqual({ name: 'Word', value: null, secret: true });
    expect(JSON.stringify([world.shown, world.site.debugViews, world.site.messages])).not.toContain('hunter2');
  });

  test('open a shell only where the boot image allows one', async () => {
    let opened = 0;
    const shell = () => Promise.resolve(void (opened += 1));
    await using allowed = await aRun([command('true')], typed('xr'), shell);
    await allowed.running;
    await using refused = await aRun([command('true')], typed('xr'));
    await refused.running;

    expect(opened).toBe(1);
    const labels = (shown: readonly ScreenView[]) => views(shown)[0]?.hints.map(({ label }) => label);
    expect(labels(allowed.shown)).toContain('shell');
    expect(labels(refused.shown)).not.toContain('shell');
  });
});

describe('the site', () => {
  test('drives a run whose computer reads no keys: its screen says how', async () => {
    await using world = await aRun([command('true', 'One'), command('true', 'Two'), command('true', 'Three')], null);
    await world.waits(1);
    expect(views(world.shown).at(-1)).toMatchObject({ hints: [], runId: 'run-1' });
    world.tell({ command: 'step', at: 1 });
    await world.waits(2);
    expect(world.site.debugViews.at(-1)).toMatchObject({ last: { stepName: 'One', result: 'succeeded' } });
    world.tell({ command: 'set-next', at: 2, path: [2] });
    await world.waits(3);
    world.tell({ command: 'run', at: 3 });

    expect((await world.running).outcome.kind).toBe('succeeded');
    expect(world.ran()).toEqual(['One', 'Three']);
    expect(world.site.journals.at(-1)?.debugger.settled.map(({ number, error }) => [number, error])).toEqual([
      [1, null],
      [2, null],
      [3, null],
    ]);
  });

  test('and the person at the computer do not step twice: what the site meant for an earlier stop is refused', async () => {
    await using world = await aRun([command('true', 'One'), command('true', 'Two'), command('true', 'Three')], typed('s'));
    await world.waits(2);

    world.tell({ command: 'step', at: 1 });

    const settled = () => world.site.journals.at(-1)?.debugger.settled;
    await expect.poll(settled, { timeout: 20_000 }).toMatchObject([{ number: 1, error: { code: 'DEBUG_STOP_PASSED' } }]);
    await expect.poll(() => views(world.shown).at(-1)?.note, { timeout: 20_000 }).toContain('has not been done');
    expect(world.ran()).toEqual(['One']);
    world.tell({ command: 'quit' });
    expect((await world.running).outcome.kind).toBe('succeeded');
  });

  test('ends a run that waits in the debugger when it is cancelled', async () => {
    await using world = await aRun([command('true')], null);
    await world.waits(1);

    world.site.cancelRequested = true;

    expect((await world.running).outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'CANCELLED' } } });
    expect(world.ran()).toEqual([]);
  });
});
