/** The scenario of the restart rule: a computer in use waits with its restarts for a maintenance window, or for somebody who lets it go. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskSequenceDefinition } from '@ostler/contract';
import type { z } from 'zod';
import { deployWithCommand, listMessages, waitForRun, type DeviceDeployment } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { addWindow, dayMs, fullMinute, soonMs } from '../maintenance-windows.ts';
import { bootIdOf, reachMachine } from '../ssh.ts';
import type { Stage } from '../stage.ts';
import { arrangeDeployment, waitUntilDeployed } from './deploy-to-machine.ts';
import type { Scenario } from './scenario.ts';

export const restartWindowScenarios: readonly Scenario[] = [
  {
    name: 'restart-window',
    shows:
      'A run that began by itself on a computer in use restarts it inside of its maintenance window only: until then the site and the computer say what it waits for, over a power cut too, and an administrator can let it go.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 30,
    play,
  },
];

/** Grows by a line with each update. */
const updatesFile = '/root/updates';

/** A run on a computer that is in use, with windows on the collection. */
interface InUse {
  readonly machine: Machine;
  readonly target: DeviceDeployment;
  readonly runId: string;
  readonly collectionId: string;
}

async function play(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  const tomorrowMs = fullMinute(Date.now() + dayMs);
  const inUse = await beginUpdates(stage, tomorrowMs);
  const { machine, target, runId } = inUse;
  await checkWaits(stage, inUse, { untilMs: tomorrowMs, times: 1 });
  await machine.reset(signal);
  stage.log('its power was cut while it waited, and is back');
  const before = await checkWaits(stage, inUse, { untilMs: tomorrowMs, times: 2 });

  await restartInWindow(stage, inUse);
  const after = await checkWaits(stage, inUse, { untilMs: tomorrowMs, times: 3 });
  stage.check(after !== before, 'the next restart waits again, for the next window');

  await site.ostler(['run', 'resume', runId], signal);
  await waitForRun(site, target, ({ state }) => state === 'succeeded', stage.log, signal);
  const reached = await reachMachine(machine, stage.network, stage.sshKey, signal);
  stage.check((await bootIdOf(reached, signal)) !== after, 'once the run is resumed, the computer restarts now');
  stage.check((await reached.command(`cat ${updatesFile}`, signal)) === 'first\nsecond\n', 'each update ran once');
  const messages = await listMessages(site, runId, signal);
  const restarts = messages.filter(({ kind }) => kind === 'restarting').length;
  stage.check(restarts === 2, 'the run has restarted it twice: in the window, and when it was resumed');
}

/** The window opens, and is taken away while the computer restarts. */
async function restartInWindow(stage: Stage, inUse: InUse): Promise<void> {
  const { site, signal } = stage;
  const { target, collectionId } = inUse;
  const startMs = soonMs();
  const windowId = await addWindow(stage, collectionId, { name: 'Now', startMs, durationMinutes: 60 });
  await checkWaits(stage, inUse, { untilMs: startMs, times: 1 });
  await waitForRun(site, target, ({ waitsForWindow }) => waitsForWindow === null, stage.log, signal);
  stage.check(Date.now() >= startMs, 'a window that is added counts at once, and when it opens the computer restarts');
  await site.call('maintenanceWindows.remove', { params: { id: collectionId, windowId } }, signal);
}

/**
 * Waits until the run has said so often that it waits until then, and looks at what people read meanwhile.
 * @returns which boot of the computer that is
 */
async function checkWaits(
  stage: Stage,
  { machine, target, runId }: InUse,
  { untilMs, times }: { readonly untilMs: number; readonly times: number },
): Promise<string> {
  const { site, signal } = stage;
  const until = new Date(untilMs).toISOString();
  await waitForRun(site, target, ({ waitsForWindow }) => waitsForWindow?.until === until, stage.log, signal);
  const inWords = `waits for its maintenance window until ${until.slice(0, 16).replace('T', ' ')} UTC`;
  const isTold = async (): Promise<boolean> => {
    const messages = await listMessages(site, runId, signal);
    return messages.filter(({ kind, output }) => kind === 'restart-waits' && output.includes(inWords)).length >= times;
  };
  while (!(await isTold())) await sleep(500, undefined, { signal });
  const story = await site.ostler(['run', 'show', runId], signal);
  const status = await site.ostler(['deployment', 'status', target.deploymentId], signal);
  stage.check(story.includes(inWords) && status.includes(inWords), `run show and deployment status say that it ${inWords}`);
  const reached = await reachMachine(machine, stage.network, stage.sshKey, signal);
  const atComputer = await reached.command('ostler-client status', signal);
  stage.check(atComputer.includes(inWords), 'the computer is as usable as it was, and its client says the same');
  return bootIdOf(reached, signal);
}

/** An installed system with the client, in which a required sequence begins by itself, outside of its windows. */
async function beginUpdates(stage: Stage, windowMs: number): Promise<InUse> {
  const { site, signal } = stage;
  await site.call('site.update', { body: { clientPollSeconds: 10 } }, signal);
  const machine = await stage.addMachine({ name: 'lab-counter' });
  const installed = await arrangeDeployment(stage, machine, { imageId: stage.imageId, packageIds: [], keepClient: true });
  await machine.powerOn(signal);
  await waitUntilDeployed(stage, machine, installed);

  const { deviceId } = installed;
  const { id: collectionId } = await site.call('collections.create', { body: { name: 'Counters' } }, signal);
  await site.call('collections.addMember', { params: { id: collectionId, deviceId } }, signal);
  await addWindow(stage, collectionId, { name: 'Tomorrow', startMs: windowMs, durationMinutes: 60 });
  await createUpdates(stage);
  const options = ['--override-windows', 'yes', '--restart-outside-windows', 'no'];
  const deploymentId = await deployWithCommand(site, { taskSequence: 'Updates', collection: 'Counters', options }, signal);
  const target = { deploymentId, deviceId };
  const { id: runId } = await waitForRun(site, target, () => true, stage.log, signal);
  return { machine, target, runId, collectionId };
}

type Steps = z.input<typeof TaskSequenceDefinition>['steps'];

async function createUpdates({ site, signal }: Stage): Promise<void> {
  const steps: Steps = ['first', 'second'].flatMap((name) => [
    { type: 'run-command-line', name: `The ${name} update`, options: { commandLine: `echo ${name} >>${updatesFile}` } },
    { type: 'restart-computer', name: `Restart after the ${name}`, options: { target: 'installed-os' } },
  ]);
  await site.call('taskSequences.create', { query: {}, body: { name: 'Updates', startsIn: 'installed-os', steps } }, signal);
}
