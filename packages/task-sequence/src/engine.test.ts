import { OstlerError, TaskSequenceDefinition } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { command, fail, group, Machine, ok, type Script } from '../test/machine.ts';
import { runTaskSequence } from './index.ts';

describe('failures', () => {
  it('follow the documented example: a step absorbs its own, a group that of its steps, the rest ends the sequence', async () => {
    const failing = new Set(['S1', 'S2', 'S4']);
    const machine = new Machine((step) => (failing.has(step.name) ? fail : ok));

    const outcome = await machine.start([
      group('G1', [command('S1', { continueOnError: true }), command('S2'), command('S3')], { continueOnError: true }),
      group('G2', [command('S4'), command('S5'), command('S6')]),
    ]);

    expect(machine.ran).toEqual(['S1', 'S2', 'S4']);
    expect(outcome).toMatchObject({
      kind: 'failed',
      failure: { stepName: 'S4', path: [1, 0], exitCode: 1, error: { code: 'STEP_FAILED' } },
    });
  });

  it('name what was thrown, with its catalogue code', async () => {
    const machine = new Machine(() => {
      throw new OstlerError('COMMAND_NOT_FOUND', { program: 'frob' });
    });

    const outcome = await machine.start([command('a')]);

    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'COMMAND_NOT_FOUND' } } });
    expect(machine.journal?.result).toBe('failed');
  });

  it('are retried as often as the step says', async () => {
    const machine = new Machine((_step, _context, call) => (call < 3 ? fail : ok));

    const outcome = await machine.start([command('a', { retry: { count: 2, delaySeconds: 1 } })]);

    expect(outcome.kind).toBe('succeeded');
    expect(machine.ran).toEqual(['a', 'a', 'a']);
  });

  it('do not happen for exit codes that the step counts as success', async () => {
    const machine = new Machine(() => ({ exitCode: 7, output: '' }));

    const outcome = await machine.start([command('a', { successCodes: [0, 7] })]);

    expect(outcome.kind).toBe('succeeded');
  });
});

describe('skipping', () => {
  it('leaves out disabled nodes and unmet conditions and keeps the last result', async () => {
    const machine = new Machine((_step, context) => ({
      exitCode: context.variables.get('_SMSTSLastActionName') === 'first' ? 0 : 5,
      output: '',
    }));

    await machine.start([
      command('first', { continueOnError: true }),
      command('off', { enabled: false }),
      group('uefi only', [command('inside')], { condition: { variable: '_SMSTSBootUEFI', operator: 'equals', value: 'TRUE' } }),
      command('last'),
    ]);

    expect(machine.ran).toEqual(['first', 'last']);
    expect(machine.events.filter(({ kind }) => kind === 'step-skipped').map(({ output }) => output)).toEqual([
      'disabled',
      'condition not met: _SMSTSBootUEFI equals "TRUE"',
    ]);
  });

  it('asks the computer: a file that is missing skips the step, with the file in the reason', async () => {
    const machine = new Machine();

    await machine.start([command('with', { condition: { file: '/%where%' } }), command('without', { condition: { file: '/gone' } })], {
      variables: [{ name: 'where', value: 'there', secret: false }],
    });

    expect(machine.ran).toEqual(['with']);
    expect(machine.events.find(({ kind }) => kind === 'step-skipped')?.output).toBe('condition not met: the file /gone exists');
  });

  it('never takes a condition that cannot be answered for false: the step or group fails with the reason', async () => {
    const unanswerable = { condition: { none: [{ file: '/unreadable' }] } };
    const machine = new Machine();

    const outcome = await machine.start([
      group('g', [command('inside')], { ...unanswerable, continueOnError: true }),
      command('between'),
      command('last', unanswerable),
    ]);

    expect(machine.ran).toEqual(['between']);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { stepName: 'last', error: { code: 'CONDITION_UNANSWERABLE' } } });
  });

  it('decides a group once, when it is entered', async () => {
    const machine = new Machine((step, context) => {
      if (step.name === 'a') context.variables.set('go', 'no');
      return ok;
    });

    await machine.start([group('g', [command('a'), command('b')], { condition: { variable: 'go', operator: 'equals', value: 'yes' } })], {
      variables: [{ name: 'go', value: 'yes', secret: false }],
    });

    expect(machine.ran).toEqual(['a', 'b']);
  });
});

describe('restarts', () => {
  it('go on at the next step, in the environment that was asked for', async () => {
    const machine = new Machine((step) => (step.name === 'r' ? { ...ok, restart: { target: 'installed-os' } } : ok));
    const steps = [command('r'), command('after')];

    const first = await machine.start(steps);
    const second = await machine.start(steps, { environment: 'installed-os' });

    expect(first).toMatchObject({ kind: 'restart', target: 'installed-os' });
    expect(second.kind).toBe('succeeded');
    expect(machine.ran).toEqual(['r', 'after']);
  });

  it('come from exit code 3010 and from SMSTSRebootRequested, with SMSTSRetryRequested the same step again', async () => {
    const machine = new Machine((step, { variables }, call) => {
      if (step.name === 'code') return { exitCode: 3010, output: '' };
      if (step.name === 'variable' && call === 1) variables.set('SMSTSRebootRequested', 'WinPE');
      if (call === 1) variables.set('SMSTSRetryRequested', 'true');
      return ok;
    });
    const steps = [command('code'), command('variable'), command('end')];

    const outcomes = [await machine.start(steps), await machine.start(steps), await machine.start(steps)];

    expect(outcomes.map(({ kind }) => kind)).toEqual(['restart', 'restart', 'succeeded']);
    expect(machine.ran).toEqual(['code', 'variable', 'variable', 'end']);
  });

  it('that lead into the wrong environment end the run with the reason', async () => {
    const machine = new Machine(() => ({ ...ok, restart: { target: 'installed-os' } }));

    await machine.start([command('r'), command('b')]);
    const outcome = await machine.start([command('r'), command('b')], { environment: 'boot-image' });

    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'RUN_WRONG_ENVIRONMENT' } } });
  });
});

describe('a power cut', () => {
  const steps = [
    { type: 'set-task-sequence-variable', name: 'a', options: { variable: 'A', value: '1' } },
    { type: 'set-task-sequence-variable', name: 'b', options: { variable: 'B', value: '2' } },
    { type: 'set-task-sequence-variable', name: 'c', options: { variable: 'C', value: '3' } },
  ];
  const setVariable: Script = (step, context) => {
    if (step.type === 'set-task-sequence-variable') context.variables.set(step.options.variable, step.options.value);
    return ok;
  };

  it('at any save loses nothing: the run ends with every step done and every variable set', async () => {
    for (let cutAt = 1; cutAt <= 8; cutAt += 1) {
      const machine = new Machine(setVariable);
      machine.powerCutAtSave = cutAt;

      await expect(machine.start(steps)).rejects.toThrow('power cut');
      const outcome = await machine.start(steps);

      expect(outcome.kind).toBe('succeeded');
      expect(machine.journal?.variables).toMatchObject({ A: { value: '1' }, B: { value: '2' }, C: { value: '3' } });
    }
  });

  it('in a command that may not run twice fails that step instead of running it again', async () => {
    const machine = new Machine();
    machine.powerCutAtSave = 3;

    await expect(machine.start([command('once')])).rejects.toThrow('power cut');
    const outcome = await machine.start([command('once')]);

    expect(machine.ran).toEqual(['once']);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'STEP_INTERRUPTED' } } });
  });

  it('again and again ends the run instead of looping', async () => {
    const machine = new Machine(() => {
      throw new DOMException('gone', 'AbortError');
    });
    const crash = async () => {
      const definition = TaskSequenceDefinition.parse({ name: 'T', steps: [steps[0]] });
      const stop = new AbortController();
      machine.runStep = () => {
        stop.abort(new Error('power cut'));
        return Promise.reject(new Error('power cut'));
      };
      return runTaskSequence(
        definition,
        { variables: [], journal: machine.journal, environment: 'boot-image', maxUnexpectedRestarts: 3 },
        machine,
        stop.signal,
      );
    };

    for (let boot = 0; boot < 4; boot += 1) await expect(crash()).rejects.toThrow('power cut');
    const outcome = await crash();

    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'RUN_TOO_MANY_RESTARTS' } } });
  });

  it('never ends a run that gets on, however often the power goes: what is limited is how often at one place', async () => {
    const machine = new Machine(setVariable);
    const six = [...steps, ...steps];

    for (let cut = 1; cut <= 5; cut += 1) {
      // Four saves a life: begun or resumed, a step begun, the next node reached, and the next step's beginning, which is lost.
      machine.powerCutAtSave = 4 * cut;
      await expect(machine.start(six)).rejects.toThrow('power cut');
    }
    const outcome = await machine.start(six);

    expect(outcome.kind).toBe('succeeded');
    expect(machine.ran).toHaveLength(six.length);
  });

  it('after the end runs nothing again', async () => {
    const machine = new Machine();

    await machine.start([command('a')]);
    const outcome = await machine.start([command('a')]);

    expect(outcome.kind).toBe('succeeded');
    expect(machine.ran).toEqual(['a']);
  });
});

describe('secrets', () => {
  it('are fetched for the step that needs them, sealed in the journal, and masked in what is reported', async () => {
    const machine = new Machine((step, context) => {
      if (step.name === 'make') context.variables.set('MADE', 'topsecret', { secret: true });
      return { exitCode: 0, output: `the password is ${context.variables.expand('%PW%')}` };
    });
    machine.secrets['PW'] = 'hunter22';

    await machine.start([command('make'), command('use %pw% %MADE%')], { variables: [{ name: 'PW', value: null, secret: true }] });

    expect(machine.commandLines).toEqual(['make', 'use hunter22 topsecret']);
    expect(JSON.stringify(machine.journal)).not.toMatch(/hunter22|topsecret/);
    expect(machine.events.map(({ output }) => output).join('\n')).not.toContain('hunter22');
    expect(machine.events.some(({ output }) => output.includes('the password is ********'))).toBe(true);
  });

  it('are in nothing of a failure: not in its sentence, its details, the facts of a step or the journal', async () => {
    const details = { program: 'mount', exitCode: 32, output: 'password=hunter22', replay: 'mount -o password=hunter22' };
    const machine = new Machine((step) => {
      if (step.name === 'tell') return { exitCode: 0, output: '', facts: { told: 'hunter22', bytes: 7 } };
      throw new OstlerError('COMMAND_FAILED', details);
    });
    machine.secrets['PW'] = 'hunter22';

    const steps = [command('tell', { name: 'tell', options: { commandLine: '%PW%' } }), command('%PW%')];
    const outcome = await machine.start(steps, { variables: [{ name: 'PW', value: null, secret: true }] });

    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { details: { output: 'password=********', exitCode: 32 } } } });
    expect(JSON.stringify([outcome, machine.events, machine.journal])).not.toContain('hunter22');
    expect(machine.events.map(({ facts }) => facts)).toContainEqual({ told: '********', bytes: 7 });
  });
});

describe('the end', () => {
  it('comes between steps when an administrator cancels', async () => {
    const machine = new Machine((_step) => {
      machine.cancelled = true;
      return ok;
    });

    const outcome = await machine.start([command('a'), command('b')]);

    expect(machine.ran).toEqual(['a']);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'CANCELLED' } } });
  });

  it('comes when the run is longer than its maximum', async () => {
    const machine = new Machine(() => {
      machine.pass(61 * 60_000);
      return ok;
    });

    const outcome = await machine.start([command('a'), command('b')], { definition: { maximumRunTimeMinutes: 60 } });

    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'RUN_TOO_LONG' } } });
  });

  it('of a sequence without steps is success', async () => {
    const outcome = await new Machine().start([]);

    expect(outcome.kind).toBe('succeeded');
  });
});

it('a step where it cannot run fails with where it is, instead of being skipped in silence', async () => {
  const outcome = await new Machine().start([{ type: 'prepare-os-for-capture', name: 'p', options: {} }]);

  expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'STEP_WRONG_ENVIRONMENT' } } });
});
