/** What people at the site and the sequence itself can do to a run while it goes on, and after it: on this computer, against a small site. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runPostAction } from '../src/end-run.ts';
import { runSequence } from '../src/run-sequence.ts';
import { aFolder, anAssignment, someDependencies } from './builders.ts';
import { startFakeSite } from './fake-site.ts';
import { aStep, testSignal } from './run-of-steps.ts';

const command = (commandLine: string) => aStep('run-command-line', { commandLine });
const set = (variable: string, value: string) => aStep('set-task-sequence-variable', { variable, value });

async function aSite(steps: readonly unknown[]) {
  const [site, folder] = [await startFakeSite(), await aFolder()];
  site.assignment = anAssignment(steps);
  // What is wanted of a run that is paused, it hears with its next heartbeat.
  const dependencies = { ...someDependencies({ folder: folder.path, url: site.url }), heartbeatMs: 100 };
  return {
    site,
    folder: folder.path,
    dependencies,
    /** One life: from what the server gives to the end, the restart or the power cut. */
    life: async (signal: AbortSignal = testSignal) => {
      const patience = { signal: testSignal, patienceMs: 1000 };
      const assignment = await dependencies.link.call('agent.run', { params: { id: 'run-1' } }, patience);
      return runSequence(assignment, dependencies, signal);
    },
    [Symbol.asyncDispose]: async () => {
      await site[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('a run that is paused', () => {
  test('says so on the screen, begins no step, and goes on where it was when it is continued', async () => {
    await using world = await aSite([command('echo one'), command('echo two')]);
    const { site, dependencies } = world;
    site.pauseRequested = true;

    const running = world.life();
    await expect.poll(() => dependencies.shown, { timeout: 20_000 }).toContainEqual(expect.objectContaining({ title: 'Paused' }));
    await expect.poll(() => site.journals.at(-1)?.paused, { timeout: 20_000 }).toBe(true);
    expect(site.messages.filter(({ kind }) => kind === 'step-started')).toEqual([]);
    site.pauseRequested = false;
    const { outcome } = await running;

    expect(outcome.kind).toBe('succeeded');
    expect(site.journals.at(-1)).toMatchObject({ paused: false, result: 'succeeded' });
  });

  test('is still paused when its computer was switched off meanwhile', async () => {
    await using world = await aSite([command('echo one')]);
    const { site } = world;
    site.pauseRequested = true;
    const power = new AbortController();
    const first = world.life(power.signal);
    await expect.poll(() => site.journals.at(-1)?.paused, { timeout: 20_000 }).toBe(true);
    power.abort(new Error('switched off'));
    await expect(first).rejects.toThrow('switched off');

    const second = world.life();
    await expect.poll(() => site.messages.filter(({ kind }) => kind === 'resumed').length, { timeout: 20_000 }).toBe(1);
    expect(site.messages.filter(({ kind }) => kind === 'step-started')).toEqual([]);
    site.pauseRequested = false;

    expect((await second).outcome.kind).toBe('succeeded');
  });

  test('can be cancelled: no step of it runs', async () => {
    await using world = await aSite([command('echo one')]);
    const { site } = world;
    site.pauseRequested = true;
    const running = world.life();
    await expect.poll(() => site.journals.at(-1)?.paused, { timeout: 20_000 }).toBe(true);

    site.cancelRequested = true;

    expect((await running).outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'CANCELLED' } } });
    expect(site.messages.filter(({ kind }) => kind === 'step-started')).toEqual([]);
  });
});

describe('a run whose restart waits for a maintenance window', () => {
  const restart = aStep('restart-computer', { target: 'boot-image' });
  const until = '2026-12-01T20:00:00.000Z';

  test('says until when at the computer and to the site, and restarts as soon as the site lets it', async () => {
    await using world = await aSite([restart, command('echo two')]);
    const { site, dependencies } = world;
    site.restartHold = { until };

    const running = world.life();
    await expect.poll(() => site.journals.at(-1)?.heldRestart, { timeout: 20_000 }).toMatchObject({ until, target: 'boot-image' });
    await expect.poll(() => site.messages.map(({ kind }) => kind), { timeout: 20_000 }).toContain('restart-waits');
    expect(dependencies.shown).toContainEqual(
      expect.objectContaining({
        title: 'Waiting for the maintenance window',
        lines: expect.arrayContaining([expect.stringContaining('2026-12-01 20:00 UTC')]),
      }),
    );
    site.restartHold = null;

    expect((await running).outcome).toMatchObject({ kind: 'restart', target: 'boot-image' });
    expect(site.journals.at(-1)).toMatchObject({ plannedRestart: true, heldRestart: null });
  });

  test('restarts also where the site lets it just while the wait is written down', async () => {
    await using world = await aSite([restart]);
    const { site } = world;
    const later = '2026-12-02T20:00:00.000Z';
    Object.defineProperty(site, 'restartHold', {
      get: () => {
        if (site.journals.at(-1)?.heldRestart?.until === later) return null;
        return { until: site.messages.some(({ kind }) => kind === 'restart-waits') ? later : until };
      },
    });

    expect((await world.life()).outcome).toMatchObject({ kind: 'restart', target: 'boot-image' });
    expect(site.journals.map(({ heldRestart }) => heldRestart?.until)).toContain(later);
  });

  test('waits on after a power cut, and can be cancelled', async () => {
    await using world = await aSite([aStep('restart-computer', { target: 'installed-os' })]);
    const { site } = world;
    site.restartHold = { until };
    const power = new AbortController();
    const first = world.life(power.signal);
    const timesTold = () => site.messages.filter(({ kind }) => kind === 'restart-waits').length;
    await expect.poll(timesTold, { timeout: 20_000 }).toBe(1);
    power.abort(new Error('switched off'));
    await expect(first).rejects.toThrow('switched off');

    const second = world.life();
    await expect.poll(timesTold, { timeout: 20_000 }).toBe(2);
    site.cancelRequested = true;

    expect((await second).outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'CANCELLED' } } });
    expect(site.messages.map(({ kind }) => kind)).not.toContain('restarting');
  });
});

describe('the post action of a run', () => {
  test('is started after a success and after a failure, with its variables filled in', async () => {
    for (const last of ['true', 'exit 7']) {
      await using world = await aSite([set('Word', 'bye'), set('SMSTSPostAction', 'echo %Word% >>"%Place%"'), command(last)]);
      const place = join(world.folder, 'said');
      world.site.assignment = { ...world.site.assignment!, variables: [{ name: 'Place', value: place, secret: false }] };
      const { outcome } = await world.life();
      await expect(readFile(place)).rejects.toThrow('ENOENT');

      await runPostAction(outcome, world.dependencies, testSignal);

      expect(await readFile(place, 'utf8')).toBe('bye\n');
    }
  });

  test('is not started when the run was cancelled or restarts', async () => {
    const restart = aStep('restart-computer', { target: 'boot-image' });
    for (const cancelRequested of [true, false]) {
      await using world = await aSite([set('SMSTSPostAction', 'echo bye >"%Place%"'), restart]);
      const place = join(world.folder, 'said');
      world.site.assignment = { ...world.site.assignment!, variables: [{ name: 'Place', value: place, secret: false }] };
      world.site.cancelRequested = cancelRequested;
      const { outcome } = await world.life();

      await runPostAction(outcome, world.dependencies, testSignal);

      expect(outcome.kind).toBe(cancelRequested ? 'failed' : 'restart');
      await expect(readFile(place)).rejects.toThrow('ENOENT');
    }
  });

  test('that fails changes nothing of the end', async () => {
    await using world = await aSite([set('SMSTSPostAction', 'exit 3')]);
    const { outcome } = await world.life();

    await expect(runPostAction(outcome, world.dependencies, testSignal)).resolves.toBeUndefined();
    expect(outcome.kind).toBe('succeeded');
  });
});
