/** The scenario of the debugger: a deployment in debug mode, driven from the site and from the computer's keyboard, across a restart. */
import type { Run, Step } from '@ostler/contract';
import { importDevice, waitForRun, type DeviceDeployment } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { remoteDebugger } from '../remote-debugger.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

export const debuggerScenarios: readonly Scenario[] = [
  {
    name: 'debugger',
    shows:
      'A deployment in debug mode waits before its first step; keys and the site step it, a failed step is mended and run again, and a breakpoint holds after a restart.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 20,
    play,
  },
];

const secret = 'debug-Geheimnis-4711';
const sequenceName = 'Debugged';

async function play(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  const machine = await stage.addMachine({ name: 'lab-debugger' });
  const target = await deployInDebugMode(stage, machine);
  await machine.powerOn(signal);
  await onScreen(machine, 'stop 1, before 1 Look around', stage);
  const { id } = await waitForRun(site, target, ({ debugger: state }) => state === 'waiting', stage.log, signal);
  const run = remoteDebugger(stage, id);

  await run.tell({ command: 'set-breakpoint', step: 'After the restart' });
  await machine.sendKeys(['s'], signal);
  await run.waitsAt(2, [1]);
  await onScreen(machine, 'stop 2, before 2 Needs a key', stage);
  stage.check((await run.refusal({ command: 'step', at: 1 })) === 'DEBUG_STOP_PASSED', 'a command for the stop before is refused');

  await run.tell({ command: 'run', at: 2 });
  const failed = await run.waitsAt(3, [1]);
  await onScreen(machine, 'stop 3, at the failure of 2 Needs a key', stage);
  stage.check(failed.last?.exitCode === 7, 'the debugger shows how the failed step ended');
  stage.check(!JSON.stringify(failed).includes(secret), 'a secret that the step printed and a secret variable are masked');
  await run.tell({ command: 'set-variable', at: 3, name: 'Key', value: 'right', secret: false });
  await run.tell({ command: 'run', at: 3 });

  await run.waitsAt(4, [3]);
  await onScreen(machine, 'stop 4, at the breakpoint 4 After the restart', stage);
  await lookAtVariables(stage, machine);
  await machine.sendKeys(['r'], signal);
  await waitForRun(site, target, ({ state }: Run) => state === 'succeeded', stage.log, signal);
  stage.check(!(await machine.serial.read()).includes(secret), 'the secret was never on the screen');
}

/** The page of variables, by keys, and back. */
async function lookAtVariables(stage: Stage, machine: Machine): Promise<void> {
  const from = await machine.serial.mark();
  await machine.sendKeys(['v'], stage.signal);
  await machine.serial.waitFor(/Key = right/, from, stage.signal);
  await machine.serial.waitFor(/Word = \*{8}/, from, stage.signal);
  stage.check(true, 'the page of variables has what was set, and a secret as stars');
  const back = await machine.serial.mark();
  await machine.sendKeys(['esc'], stage.signal);
  await machine.serial.waitFor(/\[S\] step/, back, stage.signal);
}

async function onScreen(machine: Machine, text: string, stage: Stage): Promise<void> {
  await machine.serial.waitFor(new RegExp(`Debugger of ${sequenceName}: ${text}`), 0, stage.signal);
  stage.check(true, `the screen says: ${text}`);
}

async function deployInDebugMode({ site, signal }: Stage, machine: Machine): Promise<DeviceDeployment> {
  const device = await importDevice(site, machine, machine.name, signal);
  const params = { id: device.id, name: 'Word' };
  await site.call('devices.setVariable', { params, body: { value: secret, secret: true } }, signal);
  const restart: Step = { ...common('Restart'), type: 'restart-computer', options: { target: 'boot-image', delaySeconds: 0, message: '' } };
  const steps = [
    commandLine('Look around', 'uname -a'),
    commandLine('Needs a key', 'echo "%Word%"; test "%Key%" = right || exit 7'),
    restart,
    commandLine('After the restart', 'echo done'),
  ];
  const sequence = await site.call('taskSequences.create', { query: {}, body: { name: sequenceName, steps } }, signal);
  const collection = await site.call('collections.create', { body: { name: sequenceName } }, signal);
  await site.call('collections.addMember', { params: { id: collection.id, deviceId: device.id } }, signal);
  const body = { taskSequenceId: sequence.id, collectionId: collection.id, purpose: 'required', debug: true } as const;
  const { id } = await site.call('deployments.create', { body }, signal);
  return { deploymentId: id, deviceId: device.id };
}

function commandLine(name: string, line: string): Step {
  return { ...common(name), type: 'run-command-line', options: { commandLine: line, workingDirectory: '', runAs: '', inTarget: false } };
}

function common(name: string) {
  const plain = { description: '', enabled: true, continueOnError: false, successCodes: [0], timeoutMinutes: 0 };
  return { name, ...plain, retry: { count: 0, delaySeconds: 0 } };
}
