import { TaskSequenceDefinition, type EngineState } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { command, fail, group, Machine, ok, type Script } from '../test/machine.ts';
import { expandChildren } from './index.ts';

const setting =
  (values: Readonly<Record<string, string>>, on = 'a'): Script =>
  (step, { variables }) => {
    if (step.name === on) for (const [name, value] of Object.entries(values)) variables.set(name, value);
    return ok;
  };

describe('a restart that a step asks for', () => {
  it('by a variable waits as long as SMSTSRebootDelay says, and every later one as SMSTSRebootDelayNext says', async () => {
    const machine = new Machine((step, { variables }) => {
      if (step.name === 'a') variables.set('SMSTSRebootDelay', '30');
      if (step.name === 'a') variables.set('SMSTSRebootDelayNext', '5');
      variables.set('SMSTSRebootMessage', 'Back soon, %Who%');
      variables.set('SMSTSRebootRequested', 'true');
      return ok;
    });
    const steps = [command('a'), command('b'), command('c')];
    const variables = [{ name: 'Who', value: 'Ada', secret: false }];

    const outcomes = [await machine.start(steps, { variables }), await machine.start(steps), await machine.start(steps)];

    expect(outcomes).toMatchObject([
      { kind: 'restart', target: 'boot-image', delaySeconds: 30, message: 'Back soon, Ada' },
      { delaySeconds: 5 },
      { delaySeconds: 5 },
    ]);
  });

  it('with a delay that is no number restarts at once: a typing mistake holds nothing up', async () => {
    const machine = new Machine(setting({ SMSTSRebootDelay: 'soon', SMSTSRebootRequested: 'HD' }));

    expect(await machine.start([command('a')])).toMatchObject({ kind: 'restart', target: 'installed-os', delaySeconds: 0 });
  });

  it('is forgotten when the step fails: no later step restarts the computer for a reason that is not its own', async () => {
    const machine = new Machine((step, { variables }) => {
      if (step.name !== 'a') return ok;
      variables.set('SMSTSRebootRequested', 'WinPE');
      return fail;
    });

    const outcome = await machine.start([command('a', { continueOnError: true }), command('b')]);

    expect(outcome.kind).toBe('succeeded');
    expect(machine.ran).toEqual(['a', 'b']);
  });

  it('again and again for the same step ends the run instead of looping', async () => {
    const machine = new Machine((_step, { variables }) => {
      variables.set('SMSTSRebootRequested', 'true');
      variables.set('SMSTSRetryRequested', 'true');
      return ok;
    });

    let outcome = await machine.start([command('a')]);
    for (let life = 1; outcome.kind === 'restart' && life < 100; life += 1) outcome = await machine.start([command('a')]);

    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'RUN_REPEATS_WITHOUT_END' } } });
    expect(machine.ran).toHaveLength(21);
  });
});

describe('whether a node runs', () => {
  const condition = { variable: 'go', operator: 'equals', value: 'yes' };
  const variables = [{ name: 'go', value: 'yes', secret: false }];

  it('is not asked again before a retry: a step that changes its own condition is still tried as often as it says', async () => {
    const machine = new Machine((_step, context, call) => {
      context.variables.set('go', 'no');
      return call < 3 ? fail : ok;
    });
    const steps = [command('a', { condition, retry: { count: 2, delaySeconds: 1 } })];
    machine.powerCutAtSave = 5;

    await expect(machine.start(steps, { variables })).rejects.toThrow('power cut');
    const outcome = await machine.start(steps, { variables });

    expect(outcome.kind).toBe('succeeded');
    expect(machine.ran.length).toBeGreaterThanOrEqual(3);
  });

  it('asks the environment last: a step with an unmet condition is skipped where it could not run', async () => {
    const machine = new Machine();

    const outcome = await machine.start([{ type: 'prepare-os-for-capture', name: 'p', options: {}, condition }]);

    expect(outcome.kind).toBe('succeeded');
    expect(machine.events.find(({ kind }) => kind === 'step-skipped')?.output).toBe('condition not met: go equals "yes"');
  });

  it('a step where it cannot run is not tried again: where it is does not change', async () => {
    const machine = new Machine();
    const steps = [{ type: 'prepare-os-for-capture', name: 'p', options: {}, retry: { count: 5, delaySeconds: 60 } }];

    const outcome = await machine.start(steps);

    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'STEP_WRONG_ENVIRONMENT' } } });
    expect(machine.events.filter(({ kind }) => kind === 'step-started')).toHaveLength(1);
  });
});

describe('time', () => {
  it('that a step may take ends it with its time-out, and with the run’s maximum where less is left', async () => {
    const machine = new Machine((_step, { signal }) => {
      signal.throwIfAborted();
      machine.pass(20 * 60_000);
      return ok;
    });
    const steps = [command('a', { timeoutMinutes: 30 }), command('b', { timeoutMinutes: 30 })];

    await machine.start(steps, { definition: { maximumRunTimeMinutes: 45 } });

    expect(machine.timeLimitsMs).toEqual([30 * 60_000, 25 * 60_000]);
  });

  it('that is up fails the step with its name, and the run where continue on error cannot absorb it', async () => {
    const script: Script = (_step, { signal }) => {
      signal.throwIfAborted();
      return ok;
    };
    const stepTime = new Machine(script);
    const runTime = new Machine((step, context) => {
      runTime.pass(61 * 60_000);
      return script(step, context, 1);
    });
    stepTime.timeLimitsAreOver = true;
    runTime.timeLimitsAreOver = true;

    const ofStep = await stepTime.start([command('slow', { timeoutMinutes: 3 })]);
    const ofRun = await runTime.start([command('slow', { continueOnError: true, retry: { count: 3, delaySeconds: 0 } }), command('b')], {
      definition: { maximumRunTimeMinutes: 60 },
    });

    expect(ofStep).toMatchObject({ failure: { error: { code: 'STEP_TIMED_OUT', details: { step: 'slow', minutes: 3 } } } });
    expect(ofRun).toMatchObject({ failure: { error: { code: 'RUN_TOO_LONG' } } });
    expect(runTime.ran).toEqual(['slow']);
  });

  it('is measured, not read from the clock: a computer whose clock is set by a day still has its time', async () => {
    const machine = new Machine((step) => {
      if (step.name === 'a') machine.setClock(24 * 3_600_000);
      return ok;
    });

    const outcome = await machine.start([command('a'), command('b')], { definition: { maximumRunTimeMinutes: 60 } });

    expect(outcome.kind).toBe('succeeded');
  });

  it('between a restart and the next start does not count', async () => {
    const machine = new Machine((step) => ({ exitCode: step.name === 'a' ? 3010 : 0, output: '' }));
    const steps = [command('a'), command('b')];
    const definition = { maximumRunTimeMinutes: 60 };

    await machine.start(steps, { definition });
    machine.pass(3 * 3_600_000);

    expect((await machine.start(steps, { definition })).kind).toBe('succeeded');
  });
});

describe('a pause', () => {
  it('comes between two steps, costs no time of the run, and goes on with the next step', async () => {
    const machine = new Machine((step) => {
      if (step.name === 'a') machine.pauses = true;
      return ok;
    });
    let pausedJournal = false;
    machine.duringPause = () => {
      pausedJournal = machine.journal?.paused === true;
      machine.pass(10 * 3_600_000);
    };

    const outcome = await machine.start([command('a'), command('b')], { definition: { maximumRunTimeMinutes: 60 } });

    expect(outcome.kind).toBe('succeeded');
    expect(machine.ran).toEqual(['a', 'b']);
    expect(pausedJournal).toBe(true);
    expect(machine.events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['step-succeeded', 'paused', 'continued', 'run-succeeded']),
    );
    expect(machine.journal?.paused).toBe(false);
  });

  it('survives that the computer is switched off, which is then no unexpected stop', async () => {
    const machine = new Machine();
    machine.pauses = true;
    machine.duringPause = () => {
      throw new Error('switched off');
    };

    await expect(machine.start([command('a')])).rejects.toThrow('switched off');
    machine.duringPause = () => undefined;
    const outcome = await machine.start([command('a')]);

    expect(outcome.kind).toBe('succeeded');
    expect(machine.journal?.unexpectedRestarts).toBe(0);
  });

  it('ends with the run when it is cancelled', async () => {
    const machine = new Machine();
    machine.pauses = true;
    machine.duringPause = () => {
      machine.cancelled = true;
    };

    expect(await machine.start([command('a')])).toMatchObject({ failure: { error: { code: 'CANCELLED' } } });
    expect(machine.ran).toEqual([]);
  });
});

describe('a restart that waits for a maintenance window', () => {
  const restart = command('Restart');
  const until = '2026-01-01T20:00:00.000Z';
  const held = (steps: object[]) => {
    const machine = new Machine(({ name }) => ({ exitCode: name === 'Restart' ? 3010 : 0, output: '' }));
    machine.hold = { until };
    return { machine, start: () => machine.start(steps, { environment: 'installed-os', definition: { startsIn: 'installed-os' } }) };
  };

  it('comes when the window opens, with the wait told once, the step done, and no time of the run gone', async () => {
    const { machine, start } = held([command('a'), restart, command('b')]);
    let waited: EngineState | null = null;
    machine.duringHold = () => {
      waited = machine.journal;
      machine.pass(10 * 3_600_000);
      machine.hold = null;
    };

    const outcome = await start();
    const kinds = machine.events.map(({ kind }) => kind).slice(-2);
    const end = await machine.start([command('a'), restart, command('b')], {
      environment: 'installed-os',
      definition: { maximumRunTimeMinutes: 60 },
    });

    expect(outcome).toMatchObject({ kind: 'restart', target: 'installed-os' });
    expect(waited).toMatchObject({ cursor: [2], environment: 'installed-os', plannedRestart: false, heldRestart: { until, path: [1] } });
    expect(kinds).toEqual(['restart-waits', 'restarting']);
    expect(machine.events.find(({ kind }) => kind === 'restart-waits')?.output).toContain(
      'waits for its maintenance window until 2026-01-01 20:00 UTC',
    );
    expect([end.kind, machine.ran, machine.journal?.heldRestart]).toEqual(['succeeded', ['a', 'Restart', 'b'], null]);
  });

  it('waits on when the computer was switched off meanwhile, which is no unexpected stop, and is the last thing of a sequence too', async () => {
    const { machine, start } = held([restart]);
    machine.duringHold = () => {
      throw new Error('switched off');
    };
    await expect(start()).rejects.toThrow('switched off');
    await expect(start()).rejects.toThrow('switched off');
    machine.duringHold = () => {
      machine.hold = null;
    };

    const outcome = await start();

    expect(outcome.kind).toBe('restart');
    expect([machine.ran, machine.journal?.unexpectedRestarts]).toEqual([['Restart'], 0]);
    expect((await start()).kind).toBe('succeeded');
  });

  it('is waited for anew when the windows change, or when a pause lasts longer than the window', async () => {
    const { machine, start } = held([restart]);
    const later = '2026-01-02T20:00:00.000Z';
    const changes = [
      () => {
        machine.hold = { until: later };
      },
      () => {
        machine.pauses = true;
      },
      () => {
        machine.hold = null;
      },
    ];
    machine.duringHold = () => changes.shift()?.();

    await start();

    const told = machine.events
      .filter(({ kind }) => kind === 'restart-waits' || kind === 'paused')
      .map(({ kind, output }) => (output.includes('2026-01-02 20:00 UTC') ? 'later' : kind));
    expect(told).toEqual(['restart-waits', 'later', 'paused']);
    expect(changes).toEqual([]);
  });

  it('ends with the run when that is cancelled', async () => {
    const { machine, start } = held([restart, command('b')]);
    machine.duringHold = () => {
      machine.cancelled = true;
    };

    expect(await start()).toMatchObject({ kind: 'failed', failure: { error: { code: 'CANCELLED' } } });
    expect([machine.ran, machine.journal?.heldRestart]).toEqual([['Restart'], null]);
  });

  it('holds back the first restart of a run that a client begins for the boot environment, which a person can do by hand', async () => {
    const machine = new Machine();
    machine.hold = { until };
    machine.duringHold = () => {
      throw new Error('switched off');
    };
    await expect(machine.start([command('a')], { environment: 'installed-os' })).rejects.toThrow('switched off');
    expect([machine.ran, machine.journal]).toMatchObject([[], { heldRestart: { target: 'boot-image' }, environment: 'installed-os' }]);

    expect((await machine.start([command('a')])).kind).toBe('succeeded');
  });
});

describe('SMSTSPostAction', () => {
  const steps = [command('a'), command('b')];

  it('is given with the end, after success and after failure, with its variables and secrets', async () => {
    const succeeding = new Machine(setting({ SMSTSPostAction: 'shutdown %How% %PW%' }));
    succeeding.secrets['PW'] = 'hunter22';
    const failing = new Machine((step, context) => (step.name === 'b' ? fail : setting({ SMSTSPostAction: 'beep' })(step, context, 1)));
    const variables = [
      { name: 'How', value: '-h', secret: false },
      { name: 'PW', value: null, secret: true },
    ];

    expect(await succeeding.start(steps, { variables })).toEqual({ kind: 'succeeded', postAction: 'shutdown -h hunter22' });
    expect(await failing.start(steps)).toMatchObject({ kind: 'failed', postAction: 'beep' });
  });

  it('is left out when an administrator cancels: the computer is given back as it is', async () => {
    const machine = new Machine((step, context) => {
      machine.cancelled = true;
      return setting({ SMSTSPostAction: 'beep' })(step, context, 1);
    });

    expect(await machine.start(steps)).toMatchObject({ kind: 'failed', postAction: null });
  });
});

describe('a run that was begun again after its end', () => {
  it('restarts into the installed system first, where it was, and goes on at the step that is named', async () => {
    const machine = new Machine((step, { variables }, call) => {
      if (step.name === 'a') variables.set('Kept', 'yes');
      return step.name === 'b' && call === 1 ? fail : ok;
    });
    const steps = [command('a'), command('b'), command('%Kept%')];
    await machine.start(steps, { environment: 'installed-os', definition: { startsIn: 'installed-os' } });
    const place = { cursor: [1], result: null, failure: null, plannedRestart: true };
    machine.journal = { ...machine.journal!, ...place, environment: 'boot-image', goOnIn: 'installed-os' };

    const restart = await machine.start(steps);
    const outcome = await machine.start(steps, { environment: 'installed-os' });

    expect(restart).toMatchObject({ kind: 'restart', target: 'installed-os' });
    expect(outcome.kind).toBe('succeeded');
    expect(machine.commandLines).toEqual(['a', 'b', 'b', 'yes']);
  });
});

describe('a run that a client begins', () => {
  it('restarts into the boot environment before its first step where the sequence begins there', async () => {
    const machine = new Machine();
    const steps = [command('a'), command('b')];

    const restart = await machine.start(steps, { environment: 'installed-os' });
    const ranBefore = [...machine.ran];
    const outcome = await machine.start(steps);

    expect([restart, ranBefore]).toEqual([expect.objectContaining({ kind: 'restart', target: 'boot-image' }), []]);
    expect(outcome.kind).toBe('succeeded');
    expect(machine.events.map(({ kind }) => kind).slice(0, 3)).toEqual(['run-started', 'restarting', 'resumed']);
  });

  it('fails with the reason where the computer does not come to the boot environment', async () => {
    const machine = new Machine();
    await machine.start([command('a')], { environment: 'installed-os' });

    const outcome = await machine.start([command('a')], { environment: 'installed-os' });

    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'RUN_WRONG_ENVIRONMENT' } } });
    expect(machine.ran).toEqual([]);
  });
});

describe('child sequences', () => {
  const run = (name: string, taskSequenceId: string, extra: object = {}) => ({
    type: 'run-task-sequence',
    name,
    options: { taskSequenceId },
    ...extra,
  });
  const sequence = (steps: object[], extra: object = {}) => TaskSequenceDefinition.parse({ name: 'x', steps, ...extra });

  it('run in the place of the step, with one set of variables: the parent’s defaults win, then the first child’s', async () => {
    const children = new Map([
      ['child-1', sequence([command('one'), run('deeper', 'child-2')], { variables: { Place: 'one', Own: '1' } })],
      ['child-2', sequence([command('two')], { variables: { PLACE: 'two', own: '2', Deep: 'yes' } })],
    ]);
    const parent = sequence([command('before'), run('child', 'child-1'), command('after')], { variables: { place: 'parent' } });

    const { definition, problems } = expandChildren(parent, (id) => children.get(id), 'parent');
    const machine = new Machine();
    const outcome = await machine.start(definition.steps);

    expect(problems).toEqual([]);
    expect(outcome.kind).toBe('succeeded');
    expect(machine.ran).toEqual(['before', 'one', 'two', 'after']);
    expect(definition.variables).toEqual({ place: 'parent', Own: '1', Deep: 'yes' });
  });

  it('absorb the failure of their steps when the step that runs them continues on error', async () => {
    const child = sequence([command('bad'), command('never')]);
    const parent = sequence([run('child', 'child-1', { continueOnError: true }), command('after')]);
    const machine = new Machine((step) => (step.name === 'bad' ? fail : ok));

    const outcome = await machine.start(expandChildren(parent, () => child, null).definition.steps);

    expect(outcome.kind).toBe('succeeded');
    expect(machine.ran).toEqual(['bad', 'after']);
  });

  it('that are missing, disabled, or run themselves are named', () => {
    const children = new Map([
      ['off', sequence([], { name: 'Off', enabled: false })],
      ['loop', sequence([run('again', 'loop')], { name: 'Loop' })],
      ['back', sequence([run('up', 'parent')], { name: 'Back' })],
      ['parent', sequence([], { name: 'Parent' })],
    ]);
    const names = ['gone', 'off', 'loop', 'back'];
    const steps = [...names.map((id) => run(id, id)), group('disabled', [run('x', 'gone')], { enabled: false })];

    const { problems } = expandChildren(sequence(steps), (id) => children.get(id), 'parent');

    expect(problems).toEqual([
      { path: [0], problem: 'there is no task sequence gone' },
      { path: [1], problem: 'the task sequence Off is disabled' },
      { path: [2, 0], problem: 'the task sequence Loop would run itself without end' },
      { path: [3, 0], problem: 'the task sequence Parent would run itself without end' },
    ]);
  });

  it('that multiply without bounds are cut off instead of filling the memory', () => {
    const twice = (id: string) => sequence([run('a', id), run('b', id), ...Array.from({ length: 200 }, (_, n) => command(`c${n}`))]);
    const children = new Map(Array.from({ length: 10 }, (_, level) => [`l-${level}`, twice(`l-${level + 1}`)]));
    children.set('l-10', sequence([command('end')]));

    const { problems } = expandChildren(twice('l-0'), (id) => children.get(id), null);

    expect(problems.some(({ problem }) => problem.includes('more than 50000'))).toBe(true);
  });

  it('that cannot be run fail the run before its first step, although the step continues on error', async () => {
    const machine = new Machine();

    const outcome = await machine.start([command('a'), run('child', 'gone', { continueOnError: true })]);

    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'CHILD_SEQUENCE_UNAVAILABLE' } } });
    expect(machine.ran).toEqual([]);
  });
});
