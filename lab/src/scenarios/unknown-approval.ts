/** The scenario of approval: of two computers that nobody knows, one is approved under a name while it waits, and one is rejected. */
import type { Device } from '@ostler/contract';
import { createShortSequence, listMessages, waitForRun } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import type { Stage } from '../stage.ts';
import { startsFromDisk, type Scenario } from './scenario.ts';

export const unknownApprovalScenarios: readonly Scenario[] = [
  {
    name: 'unknown-approval',
    shows:
      'Two unknown computers wait for approval and say so; the one that is named and approved with the command line goes on without being switched off and gets what its new name’s collection gets, the one that is rejected gets nothing, now and at its next boot.',
    dhcp: 'full',
    machineCount: 2,
    timeLimitMinutes: 15,
    play,
  },
];

const newName = 'lab-reception-1';

async function play(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  await site.call('site.update', { body: { unknownComputers: 'approval' } }, signal);
  const deploymentId = await deployToReception(stage);
  const guest = await stage.addMachine({ name: 'lab-guest' });
  const stranger = await stage.addMachine({ name: 'lab-stranger' });
  const [guestId, strangerId] = await Promise.all([waitsForApproval(stage, guest), waitsForApproval(stage, stranger)]);
  const { items } = await site.call('runs.list', { query: {} }, signal);
  stage.check(items.length === 0, 'nothing runs before somebody has decided');

  await site.ostler(['device', 'rename', guestId, newName], signal);
  await site.ostler(['device', 'approve', newName], signal);
  await site.ostler(['device', 'block', strangerId], signal);
  const run = await waitForRun(site, { deploymentId, deviceId: guestId }, ({ state }) => state === 'succeeded', stage.log, signal);
  const said = (await listMessages(site, run.id, signal)).map(({ output }) => output).join('\n');
  stage.check(said.includes(`I am ${newName}`), 'the approved one goes on under the name that it was given');
  stage.check(bootsOf(await guest.serial.read()) === 1, 'it was not switched off for that');
  await checkGetsNothing(stage, stranger, strangerId);
}

/** A collection that finds computers by their names: whoever gets the name gets the deployment. */
async function deployToReception({ site, signal }: Stage): Promise<string> {
  const taskSequenceId = await createShortSequence(site, 'Welcome', 'echo "I am %_SMSTSMachineName%"', signal);
  const { id: collectionId } = await site.call('collections.create', { body: { name: 'Reception' } }, signal);
  const rule = { kind: 'query', query: 'name.startsWith("lab-reception-")' } as const;
  await site.call('collections.addRule', { params: { id: collectionId }, body: rule }, signal);
  return (await site.call('deployments.create', { body: { taskSequenceId, collectionId, purpose: 'required' } }, signal)).id;
}

/** @returns its id in the waiting list, as the command line shows it */
async function waitsForApproval(stage: Stage, machine: Machine): Promise<string> {
  const { site, signal } = stage;
  await machine.powerOn(signal);
  const said = await machine.serial.waitFor(/Waiting for approval of this computer: .*/, 0, signal);
  const identity = [`MAC ${machine.macAddress}`, `UUID ${machine.uuid}`, machine.serialNumber];
  stage.check(
    identity.every((word) => said[0].includes(word)),
    `${machine.name} says that it waits, and how to recognise it`,
  );
  const list = await site.ostler(['--json', 'device', 'list', '--state', 'pending'], signal);
  // Safe: what the command prints as JSON is what the API answers.
  const waiting = (JSON.parse(list) as Device[]).find(({ macAddresses }) => macAddresses.includes(machine.macAddress));
  stage.check(waiting?.facts?.serialNumber === machine.serialNumber, `${machine.name} is in the waiting list, with what it says of itself`);
  return waiting?.id ?? '';
}

/** It goes on to its disk by itself, asks the site once more on the way, and a made-up hello with its ids is refused as well. */
async function checkGetsNothing(stage: Stage, machine: Machine, deviceId: string): Promise<void> {
  const { site, signal } = stage;
  await machine.serial.waitFor(/This computer is not deployed/, 0, signal);
  const { index } = await machine.serial.waitFor(startsFromDisk, 0, signal);
  const shown = (await machine.serial.read()).slice(0, index);
  const lastBoot = shown.slice(shown.lastIndexOf('Asking http:'));
  const isToldAgain = bootsOf(shown) === 2 && lastBoot.includes('This computer is blocked') && !lastBoot.includes('Loading');
  stage.check(isToldAgain, 'the rejected one is told so, and again at its next boot');
  const device = await site.call('devices.get', { params: { id: deviceId } }, signal);
  if (device.facts === null) throw new Error('The site has forgotten what the computer said of itself.');
  const hello = { facts: device.facts, environment: 'boot-image', bootMacAddress: null, bootImageId: null, claim: 'f'.repeat(32) } as const;
  const answer = await site.call('agent.hello', { body: hello }, signal);
  stage.check(answer.state === 'refused', 'whoever comes with its ids gets no key');
  const { items } = await site.call('runs.list', { query: { deviceId } }, signal);
  stage.check(items.length === 0, 'nothing has run on it');
}

/** How often it has asked the site what to boot. */
function bootsOf(serial: string): number {
  return serial.match(/Asking http:/g)?.length ?? 0;
}
