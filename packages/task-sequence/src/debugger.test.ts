import { TaskSequenceDefinition, type DebugCommand } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { command, fail, group, Machine, ok, type Script } from '../test/machine.ts';
import { debugNodes, type DebugStop } from './index.ts';

const debugMode = [{ name: 'TSDebugMode', value: 'True', secret: false }];
type Told = (stop: DebugStop) => DebugCommand;
const step: Told = ({ state }) => ({ command: 'step', at: state.stop });
const run: Told = ({ state }) => ({ command: 'run', at: state.stop });
const skip: Told = ({ state }) => ({ command: 'skip', at: state.stop });
const next =
  (...path: number[]): Told =>
  ({ state }) => ({ command: 'set-next', at: state.stop, path });
const set =
  (name: string, value: string, secret = false): Told =>
  ({ state }) => ({ command: 'set-variable', at: state.stop, name, value, secret });
const always =
  (each: DebugCommand): Told =>
  () =>
    each;

/** A person at the computer who gives these commands, one a stop, and then leaves. */
function debugged(told: readonly Told[], script: Script = () => ok): Machine {
  const machine = new Machine(script);
  const left = [...told];
  machine.debug = (stop) => {
    const give = left.shift();
    return give === undefined ? null : { number: null, command: give(stop) };
  };
  return machine;
}
const places = (machine: Machine) => machine.stops.map(({ path, state }) => `${path.join('.')} ${state.waiting?.reason}`);
const steps = [command('a'), group('g', [command('b'), command('c')]), command('d')];

describe('a run in debug mode', () => {
  it('waits before its first step until somebody says what to do, and after a restart it still waits there', async () => {
    const machine = debugged([]);

    await expect(machine.start(steps, { variables: debugMode })).rejects.toThrow('nobody debugs');
    await expect(machine.start(steps, { variables: debugMode })).rejects.toThrow('nobody debugs');

    expect(machine.ran).toEqual([]);
    expect(machine.stops.map(({ state }) => state.stop)).toEqual([1, 1]);
    expect(machine.journal?.unexpectedRestarts).toBe(0);
    expect(machine.events.filter(({ kind }) => kind === 'debugger-waits')).toHaveLength(1);
  });

  it('stops before each group and step that is stepped to; what is disabled is passed over', async () => {
    const machine = debugged([step, step, step, step]);
    const some = [command('a'), command('off', { enabled: false }), group('g', [command('b')]), command('c')];

    const outcome = await machine.start(some, { variables: debugMode });

    expect(outcome.kind).toBe('succeeded');
    expect(places(machine)).toEqual(['0 step', '2 step', '2.0 step', '3 step']);
    expect(machine.ran).toEqual(['a', 'b', 'c']);
  });

  it('runs to the next breakpoint, also one that was set before a restart of the computer', async () => {
    const restarting: Script = (each, { variables }) => {
      if (each.name === 'b') variables.set('SMSTSRebootRequested', 'HD');
      return ok;
    };
    const machine = debugged([always({ command: 'set-breakpoint', path: [1, 1] }), run], restarting);

    expect(await machine.start(steps, { variables: debugMode })).toMatchObject({ kind: 'restart', target: 'installed-os' });
    await expect(machine.start(steps, { environment: 'installed-os' })).rejects.toThrow('nobody debugs');

    expect(machine.ran).toEqual(['a', 'b']);
    expect(places(machine).at(-1)).toBe('1.1 breakpoint');
  });

  it('is stopped, and given breakpoints, while it goes on without waiting', async () => {
    const machine: Machine = debugged([run, always({ command: 'quit' })], (each) => {
      if (each.name === 'b') machine.told.push({ number: 1, command: { command: 'stop' } });
      return ok;
    });

    const outcome = await machine.start(steps, { variables: debugMode });

    expect(outcome.kind).toBe('succeeded');
    expect(places(machine)).toEqual(['0 step', '1.1 step']);
    expect(machine.journal?.debugger).toMatchObject({ mode: 'off', waiting: null, settled: [{ number: 1, error: null }] });
  });

  it('leaves out the step at which it is told so', async () => {
    const machine = debugged([step, skip, run]);

    await machine.start(steps, { variables: debugMode });

    expect(machine.ran).toEqual(['a', 'd']);
  });

  it('goes on where it is told, also back: what runs again counts as not done', async () => {
    const machine = debugged([next(1, 1), step, next(0), run]);

    await machine.start(steps, { variables: debugMode });

    expect(machine.ran).toEqual(['c', 'a', 'b', 'c', 'd']);
    expect(machine.stops[3]?.path).toEqual([0]);
    expect(machine.journal?.outcomes.map(({ path }) => path.join('.'))).toEqual(['0', '1.0', '1.1', '2']);
  });

  it('does not go on at a place where there is nothing, and says so', async () => {
    const machine = debugged([next(7), run]);

    await machine.start(steps, { variables: debugMode });

    expect(machine.stops[1]?.refused).toMatchObject({ code: 'DEBUG_STEP_NOT_FOUND', details: { place: '8' } });
    expect(machine.stops[1]?.state.stop).toBe(1);
  });
});

describe('a step that fails in the debugger', () => {
  const needs: Script = (each, { variables }) => (each.name === 'b' && variables.get('Key') !== 'right' ? fail : ok);

  it('stops the run there instead of ending it; with a variable set it runs again and goes on', async () => {
    const machine = debugged([run, set('Key', 'right'), run], needs);

    const outcome = await machine.start(steps, { variables: debugMode });

    expect(outcome.kind).toBe('succeeded');
    expect(places(machine)).toEqual(['0 step', '1.0 failed', '1.0 failed']);
    expect(machine.stops[1]?.state.waiting).toMatchObject({ failure: { stepName: 'b', exitCode: 1, error: { code: 'STEP_FAILED' } } });
    expect(machine.ran).toEqual(['a', 'b', 'b', 'c', 'd']);
    expect(machine.journal).toMatchObject({ result: 'succeeded', failure: null });
  });

  it('ends the run when the debugger is quit there: what happens is what had happened without it', async () => {
    const machine = debugged([run, always({ command: 'quit' })], needs);

    const outcome = await machine.start(steps, { variables: debugMode });

    expect(outcome).toMatchObject({ kind: 'failed', failure: { stepName: 'b' } });
    expect(machine.journal?.debugger.waiting).toBeNull();
  });

  it('does not stop it where "continue on error" absorbs the failure', async () => {
    const machine = debugged([run], needs);
    const absorbed = [command('a'), group('g', [command('b'), command('c')], { continueOnError: true }), command('d')];

    expect((await machine.start(absorbed, { variables: debugMode })).kind).toBe('succeeded');
    expect(machine.ran).toEqual(['a', 'b', 'd']);
  });

  it('opens the debugger where TSDebugOnError is true, and only then', async () => {
    const machine = debugged([skip, run], needs);

    const outcome = await machine.start(steps, { variables: [{ name: 'TSDebugOnError', value: 'TRUE', secret: false }] });

    expect(outcome.kind).toBe('succeeded');
    expect(places(machine)).toEqual(['1.0 failed', '1.1 step']);
  });

  it('ends with the run when an administrator cancels it', async () => {
    const machine = debugged([run], needs);
    machine.untilDebugInstruction = async (stop) => {
      if (stop.state.waiting?.reason === 'failed') machine.cancelled = true;
      else machine.told.push({ number: null, command: run(stop) });
    };

    const outcome = await machine.start(steps, { variables: debugMode });

    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'CANCELLED' } } });
  });
});

describe('two who drive the same run', () => {
  it('cannot step twice by mistake: a command for a stop that has passed is refused with both numbers', async () => {
    const machine = new Machine();
    const orders: DebugCommand[] = [
      { command: 'step', at: 1 },
      { command: 'step', at: 1 },
      { command: 'run', at: 2 },
    ];
    machine.debug = () => {
      const command = orders.shift();
      return command === undefined ? null : { number: 3 - orders.length, command };
    };

    await machine.start(steps, { variables: debugMode });

    const { settled } = machine.journal?.debugger ?? { settled: [] };
    expect(settled).toMatchObject([
      { number: 1, error: null },
      { number: 2, error: { code: 'DEBUG_STOP_PASSED', details: { at: 1, stop: 2 } } },
      { number: 3 },
    ]);
    expect(machine.ran).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are refused where the run does not wait', async () => {
    const machine: Machine = new Machine((each) => {
      if (each.name === 'a') machine.told.push({ number: 1, command: { command: 'skip', at: 0 } });
      return ok;
    });

    await machine.start(steps);

    expect(machine.journal?.debugger.settled).toMatchObject([{ error: { code: 'DEBUG_NOT_WAITING' } }]);
    expect(machine.ran).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('variables in the debugger', () => {
  it('are listed by name, a secret without its value, also where another one holds it', async () => {
    const machine = debugged([set('Word', 'open sesame', true), set('Line', 'say open sesame'), run]);
    const variables = [...debugMode, { name: 'PW', value: null, secret: true }];

    await machine.start([command('a')], { variables });

    const listed = machine.stops[2]?.variables ?? [];
    expect(listed).toEqual(
      expect.arrayContaining([
        { name: 'Line', value: null, secret: true },
        { name: 'PW', value: null, secret: true },
        { name: 'TSDebugMode', value: 'True', secret: false },
        { name: 'Word', value: null, secret: true },
      ]),
    );
    expect(JSON.stringify([listed, machine.events])).not.toContain('sesame');
    expect(machine.journal?.variables['Word']).toHaveProperty('sealed');
  });

  it('that the engine keeps cannot be set, and one that was secret stays so', async () => {
    const machine = debugged([set('_SMSTSInWinPE', 'no'), set('PW', 'new'), run]);

    await machine.start([command('echo %PW%')], { variables: [...debugMode, { name: 'PW', value: null, secret: true }] });

    expect(machine.stops[1]?.refused?.code).toBe('VARIABLE_READ_ONLY');
    expect(machine.stops[2]?.variables).toContainEqual({ name: 'PW', value: null, secret: true });
    expect(machine.commandLines).toEqual(['echo new']);
  });
});

it('the steps are shown with their places and marks', async () => {
  const machine = debugged([always({ command: 'set-breakpoint', path: [2] }), step]);
  await expect(machine.start(steps, { variables: debugMode })).rejects.toThrow('nobody debugs');

  const nodes = debugNodes(TaskSequenceDefinition.parse({ name: 'Test', steps }), machine.journal);

  expect(nodes.map(({ place, name, current, breakpoint, outcome }) => [place, name, current, breakpoint, outcome])).toEqual([
    ['1', 'a', false, false, 'succeeded'],
    ['2', 'g', true, false, null],
    ['2.1', 'b', false, false, null],
    ['2.2', 'c', false, false, null],
    ['3', 'd', false, true, null],
  ]);
});
