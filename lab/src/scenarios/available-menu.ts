/** The scenario of the menu: a key in time leads to what is available, no key to the disk. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TaskSequenceDefinition } from '@ostler/contract';
import { findRun, importDevice, listMessages, waitForRun } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { keys, personAt } from '../person.ts';
import { serialLogAt } from '../serial-log.ts';
import type { Stage } from '../stage.ts';
import { startsFromDisk, type Scenario } from './scenario.ts';

export const availableMenuScenarios: readonly Scenario[] = [
  {
    name: 'available-menu',
    shows:
      'A computer with available deployments starts from its disk when nobody presses a key in time; with a key, under UEFI and with a BIOS, the menu shows their names and descriptions, the chosen one runs, and Esc goes on to the disk.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 15,
    play,
  },
];

const menuTimeoutSeconds = 10;
const menuPage = ['Choose what to deploy', '  1  Inspect - Looks at the hardware', '  2  Greet - Says who it is'];

interface Offered {
  readonly inspectId: string;
  readonly greetId: string;
}

async function play(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  await site.call('site.update', { body: { menuTimeoutSeconds } }, signal);
  const { id: collectionId } = await site.call('collections.create', { body: { name: 'Workshop' } }, signal);
  const offered = {
    inspectId: await offer(stage, collectionId, ['Inspect', 'Looks at the hardware', 'uname -a']),
    greetId: await offer(stage, collectionId, ['Greet', 'Says who it is', 'echo "I am %_SMSTSMachineName%"']),
  };
  const member = await addMember(stage, collectionId, { name: 'lab-menu' });
  await playWithoutKey(stage, member);
  await playWithKey(stage, member, offered);
  await member.machine.cutPower();
  await playWithBios(stage, await addMember(stage, collectionId, { name: 'lab-menu-bios', firmware: 'bios' }));
}

interface Member {
  readonly machine: Machine;
  readonly deviceId: string;
}

async function playWithoutKey({ site, signal, ...stage }: Stage, { machine, deviceId }: Member): Promise<void> {
  await machine.powerOn(signal);
  await machine.serial.waitFor(/Press Esc within 10 seconds to choose what to install/, 0, signal);
  await machine.serial.waitFor(startsFromDisk, 0, signal);
  const { facts } = await site.call('devices.get', { params: { id: deviceId } }, signal);
  stage.check(facts === null, 'without a key it goes on to its disk, and the boot environment is not started');
  await machine.cutPower();
}

async function playWithKey(stage: Stage, { machine, deviceId }: Member, { inspectId, greetId }: Offered): Promise<void> {
  const { site, signal } = stage;
  const before = await machine.serial.mark();
  await machine.powerOn(signal);
  await machine.serial.waitFor(/Press Esc within/, before, signal);
  await machine.sendKeys(['esc'], signal);
  const person = personAt(stage, machine, []);
  await person.sees(menuPage);
  await person.types(`2${keys.enter}`);
  await person.sees(['Greet', 'Says who it is', '[Enter] start']);
  await person.types(keys.enter);
  const run = await waitForRun(site, { deploymentId: greetId, deviceId }, ({ state }) => state === 'succeeded', stage.log, signal);
  const said = (await listMessages(site, run.id, signal)).map(({ output }) => output).join('\n');
  stage.check(said.includes('I am lab-menu'), 'the one that was chosen ran');
  stage.check((await findRun(site, { deploymentId: inspectId, deviceId }, signal)) === null, 'the other one did not');
}

/** Its loader writes to the screen alone: when it waits for a key is known from what it has asked the site. */
async function playWithBios(stage: Stage, { machine }: Member): Promise<void> {
  const { site, signal } = stage;
  await machine.powerOn(signal);
  await serialLogAt(site.logFile).waitFor(new RegExp(`${machine.macAddress}.*"decision":"menu"`), 0, signal);
  const person = personAt(stage, machine, []);
  for (let presses = 0; presses < 3; presses += 1) {
    await sleep(1000, undefined, { signal });
    await machine.sendKeys(['spc'], signal);
  }
  await person.sees(menuPage);
  await person.types(keys.escape);
  await person.sees(['Nothing to do', 'This computer goes on to its disk.']);
}

async function offer(stage: Stage, collectionId: string, [name, description, commandLine]: readonly [string, string, string]) {
  const { site, signal } = stage;
  const body = TaskSequenceDefinition.parse({ name, description, steps: [{ type: 'run-command-line', name, options: { commandLine } }] });
  const { id: taskSequenceId } = await site.call('taskSequences.create', { query: {}, body }, signal);
  return (await site.call('deployments.create', { body: { taskSequenceId, collectionId, purpose: 'available' } }, signal)).id;
}

async function addMember(stage: Stage, collectionId: string, options: Parameters<Stage['addMachine']>[0]): Promise<Member> {
  const machine = await stage.addMachine({ serialInput: true, ...options });
  const { id: deviceId } = await importDevice(stage.site, machine, machine.name, stage.signal);
  await stage.site.call('collections.addMember', { params: { id: collectionId, deviceId } }, stage.signal);
  return { machine, deviceId };
}
