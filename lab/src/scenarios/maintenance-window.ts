/** The scenario of maintenance windows: a required deployment begins only in one that holds it, unless it overrides them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createShortSequence, findRun, importDevice, waitForRun } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { addWindow, dayMs, fullMinute, minuteMs, soonMs } from '../maintenance-windows.ts';
import type { Stage } from '../stage.ts';
import { startsFromDisk, type Scenario } from './scenario.ts';

export const maintenanceWindowScenarios: readonly Scenario[] = [
  {
    name: 'maintenance-window',
    shows:
      'A required deployment waits for a maintenance window that is long enough for it: the site and the computer’s screen say why and until when, one that overrides the windows begins meanwhile, and in the window it begins by itself.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 20,
    play,
  },
];

async function play(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  const machine = await stage.addMachine({ name: 'lab-window' });
  const { id: deviceId } = await importDevice(site, machine, machine.name, signal);
  const { id: collectionId } = await site.call('collections.create', { body: { name: 'Stores' } }, signal);
  await site.call('collections.addMember', { params: { id: collectionId, deviceId } }, signal);
  // The longest run time of a sequence is 120 minutes unless it says another.
  const tomorrowMs = fullMinute(Date.now() + dayMs);
  const tooShort = await addWindow(stage, collectionId, {
    name: 'Too short',
    startMs: fullMinute(Date.now()) - minuteMs,
    durationMinutes: 90,
  });
  await addWindow(stage, collectionId, { name: 'Tomorrow', startMs: tomorrowMs, durationMinutes: 180 });
  const waiting = await deploy(stage, collectionId, { name: 'Refit', overrideMaintenanceWindows: false });
  await checkWaits(stage, waiting, tomorrowMs);

  await machine.powerOn(signal);
  const until = RegExp.escape(`Nothing is to do before ${new Date(tomorrowMs).toISOString()}: Refit waits for a maintenance window`);
  await machine.serial.waitFor(new RegExp(until), 0, signal);
  await machine.serial.waitFor(startsFromDisk, 0, signal);
  stage.check(true, 'the screen says until when it waits and for what, and the computer starts from its disk');
  await machine.cutPower();

  const urgent = await deploy(stage, collectionId, { name: 'Urgent', overrideMaintenanceWindows: true });
  await machine.powerOn(signal);
  await waitForRun(site, { deploymentId: urgent, deviceId }, ({ state }) => state === 'succeeded', stage.log, signal);
  stage.check((await findRun(site, { deploymentId: waiting, deviceId }, signal)) === null, 'one that overrides the windows has run alone');
  await machine.cutPower();
  // Windows that overlap are one: with another it would be long enough.
  await site.call('maintenanceWindows.remove', { params: { id: collectionId, windowId: tooShort } }, signal);

  await playInWindow(stage, machine, { collectionId, deploymentId: waiting, deviceId });
}

interface Waiting {
  readonly collectionId: string;
  readonly deploymentId: string;
  readonly deviceId: string;
}

async function playInWindow(stage: Stage, machine: Machine, { collectionId, ...target }: Waiting): Promise<void> {
  const { site, signal } = stage;
  const startMs = soonMs();
  await addWindow(stage, collectionId, { name: 'Now', startMs, durationMinutes: 180 });
  await checkWaits(stage, target.deploymentId, startMs);
  await sleep(Math.max(0, startMs - Date.now()), undefined, { signal });
  await machine.powerOn(signal);
  const run = await waitForRun(site, target, ({ state }) => state === 'succeeded', stage.log, signal);
  stage.check(Date.parse(run.startedAt) >= startMs, 'in the window it begins by itself');
}

/** What an administrator reads. */
async function checkWaits({ site, signal, ...stage }: Stage, deploymentId: string, untilMs: number): Promise<void> {
  const { devices } = await site.call('deployments.outlook', { params: { id: deploymentId }, query: {} }, signal);
  const [device] = devices;
  const waits = device?.outcome === 'later' && device.reason === 'outside-window';
  const at = new Date(untilMs).toISOString();
  stage.check(waits && device.at === at, `the site says that it does not fit into a window before ${at}`);
}

async function deploy(
  { site, signal }: Stage,
  collectionId: string,
  { name, overrideMaintenanceWindows }: { readonly name: string; readonly overrideMaintenanceWindows: boolean },
): Promise<string> {
  const taskSequenceId = await createShortSequence(site, name, 'uname -a', signal);
  const body = { taskSequenceId, collectionId, purpose: 'required', overrideMaintenanceWindows } as const;
  return (await site.call('deployments.create', { body }, signal)).id;
}
