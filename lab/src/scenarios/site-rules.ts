/** Scenarios of who gets what: unknown computers, required deployments that run once, several computers at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createShortSequence, deployRequired, findRun, waitForRun } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { reachMachine } from '../ssh.ts';
import type { Stage } from '../stage.ts';
import { deployToMachine } from './deploy-to-machine.ts';
import { startsFromDisk, type Scenario } from './scenario.ts';

export const siteRuleScenarios: readonly Scenario[] = [
  {
    name: 'two-machines-at-once',
    shows: 'Two computers, one with a BIOS and one with UEFI, are deployed at the same time, each under its own name.',
    dhcp: 'full',
    machineCount: 2,
    timeLimitMinutes: 30,
    play: async (stage) => {
      const machines = [await stage.addMachine({ name: 'lab-one' }), await stage.addMachine({ name: 'lab-two', firmware: 'bios' })];
      const deployed = await Promise.all(machines.map((machine) => deployToMachine(stage, machine)));
      const ids = await Promise.all(deployed.map(({ reached }) => reached.command('cat /etc/machine-id', stage.signal)));
      stage.check(new Set(ids).size === 2, 'each has a machine id of its own');
    },
  },
  {
    name: 'unknown-computer',
    shows: 'A computer that nobody imported is left alone, or waits for approval and is deployed once it has it, as the site says.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 20,
    play: playUnknownComputer,
  },
  {
    name: 'required-runs-once',
    shows: 'A required deployment runs once: later restarts go to the disk, until an administrator lets it run again.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 30,
    play: playRequiredRunsOnce,
  },
];

async function playUnknownComputer(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  const sequenceId = await createShortSequence(site, 'Look around', 'uname -a', signal);
  const machine = await stage.addMachine({ name: 'lab-unknown' });
  await machine.powerOn(signal);
  await machine.serial.waitFor(startsFromDisk, 0, signal);
  stage.check(true, 'where the site ignores unknown computers, it goes on to its disk');
  await machine.cutPower();
  await site.call('site.update', { body: { unknownComputers: 'approval' } }, signal);
  await machine.powerOn(signal);
  const deviceId = await waitForPending(stage, machine);
  const deploymentId = await deployRequired(site, sequenceId, 'New computers', [deviceId], signal);
  await sleep(5000, undefined, { signal });
  stage.check((await findRun(site, { deploymentId, deviceId }, signal)) === null, 'it waits: nothing runs before the approval');
  await site.call('devices.update', { params: { id: deviceId }, body: { name: machine.name, state: 'approved' } }, signal);
  stage.log('approved');
  await waitForRun(site, { deploymentId, deviceId }, ({ state }) => state === 'succeeded', stage.log, signal);
}

async function waitForPending(stage: Stage, machine: Machine): Promise<string> {
  for (;;) {
    const { items } = await stage.site.call('devices.list', { query: { state: 'pending' } }, stage.signal);
    const device = items.find(({ macAddresses, facts }) => facts !== null && macAddresses.includes(machine.macAddress));
    if (device !== undefined) return device.id;
    await sleep(1000, undefined, { signal: stage.signal });
  }
}

async function playRequiredRunsOnce(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  const machine = await stage.addMachine({ name: 'lab-once' });
  const { deploymentId, deviceId, run, reached } = await deployToMachine(stage, machine);
  const installation = await reached.command('cat /etc/machine-id', signal);
  await machine.cutPower();
  await machine.powerOn(signal);
  const again = await reachMachine(machine, stage.network, stage.sshKey, signal);
  stage.check((await again.command('cat /etc/machine-id', signal)) === installation, 'a restart goes to the installed system');
  const { items } = await site.call('runs.list', { query: { deploymentId, deviceId } }, signal);
  stage.check(items.length === 1, 'no second run was begun');
  await site.call('deployments.rerun', { params: { id: deploymentId }, body: { deviceId } }, signal);
  await machine.cutPower();
  await machine.powerOn(signal);
  await waitForRun(site, { deploymentId, deviceId, afterRunId: run.id }, ({ state }) => state === 'running', stage.log, signal);
  stage.check(true, 'after the administrator allowed it, the deployment runs again');
}
