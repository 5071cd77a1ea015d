/**
 * `./ostler lab`: the product from end to end, told to somebody who has never seen it. A server, a bare computer with an empty
 * disk, and a few minutes later that computer answers over ssh with its new name.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusMessage } from '@ostler/contract';
import { listMessages, waitForRun } from './deploy.ts';
import type { Machine } from './machine.ts';
import type { Output } from './output.ts';
import { arrangeDeployment } from './scenarios/deploy-to-machine.ts';
import { reachMachine, sshArguments, type Reached } from './ssh.ts';
import { screenFile, type Stage } from './stage.ts';
import { formatTimes, type TimedPart } from './table.ts';

/** When something happened, on the clock of `Date.now()`. */
interface Moment {
  readonly what: string;
  readonly at: number;
}

export interface Tour {
  readonly machine: Machine;
  readonly reached: Reached;
  readonly times: readonly TimedPart[];
}

/** Deploys one computer and measures where the time goes. */
export async function showDeployment(stage: Stage): Promise<Tour> {
  const { site, signal, log } = stage;
  const machine = await stage.addMachine({ name: 'lab-1' });
  log(`imported the computer ${machine.name}: MAC ${machine.macAddress}, SMBIOS UUID ${machine.uuid}`);
  const target = await arrangeDeployment(stage, machine, { imageId: stage.imageId, packageIds: [] });
  log('deployed the task sequence "Install lab-1" to it, required: it will run at the next network boot');
  const powerOnAt = Date.now();
  await machine.powerOn(signal);
  log('power on: UEFI, 2 GiB of memory, an empty disk; it finds nothing to boot and asks the network');
  const watching = new AbortController();
  const boot = watchBoot(machine, log, AbortSignal.any([signal, watching.signal]));
  const run = await waitForRun(site, target, ({ state }) => state === 'succeeded', log, signal);
  watching.abort();
  const succeededAt = Date.now();
  const reached = await reachMachine(machine, stage.network, stage.sshKey, signal);
  const hostName = (await reached.command('hostname', signal)).trim();
  stage.check(hostName === machine.name, `the computer answers over ssh at ${reached.address} as ${hostName}`);
  const moments: readonly Moment[] = [
    // What was seen only later (a sign missed, another boot) says nothing of the way to the agent.
    ...(await boot).filter(({ at }) => at <= Date.parse(run.startedAt)),
    { what: 'devices, agent, task sequence', at: Date.parse(run.startedAt) },
    ...stepMoments(await listMessages(site, run.id, signal)),
    { what: 'success reported', at: succeededAt },
    { what: 'answer over ssh', at: Date.now() },
  ];
  return { machine, reached, times: durations(powerOnAt, moments) };
}

/** What can be told from the serial port before there is an agent. */
const bootSigns: readonly { readonly pattern: RegExp; readonly what: string; readonly tell: string }[] = [
  { pattern: /Asking http/, what: 'firmware, shim and GRUB', tell: 'shim and GRUB arrived by TFTP; GRUB asks the server what to do' },
  {
    pattern: /Ostler boot environment, kernel/,
    what: 'kernel and initramfs over HTTP, started',
    tell: 'the first stage runs and fetches the second',
  },
  {
    pattern: /Starting the boot environment/,
    what: 'second stage fetched and checked',
    tell: 'the second stage was checked against its hash and starts',
  },
];

async function watchBoot(machine: Machine, log: (text: string) => void, signal: AbortSignal): Promise<readonly Moment[]> {
  const moments: Moment[] = [];
  for (const { pattern, what, tell } of bootSigns) {
    const seen = await machine.serial.waitFor(pattern, 0, signal).catch(() => null);
    if (seen === null) break;
    moments.push({ what, at: Date.now() });
    log(tell);
  }
  return moments;
}

/** The end of each step, and the restart in between. */
export function stepMoments(messages: readonly StatusMessage[]): readonly Moment[] {
  const ends: Partial<Record<StatusMessage['kind'], (message: StatusMessage) => string>> = {
    'step-succeeded': ({ stepName }) => `step: ${stepName}`,
    resumed: () => 'restart into the installed system',
  };
  return messages.flatMap((message) => {
    const name = ends[message.kind];
    return name === undefined ? [] : [{ what: name(message), at: Date.parse(message.at) }];
  });
}

/** From moments to the time each took since the one before. Clocks may differ by a little: no part is negative. */
export function durations(beginAt: number, moments: readonly Moment[]): readonly TimedPart[] {
  let last = beginAt;
  return moments.map(({ what, at }) => {
    const ms = Math.max(0, at - last);
    last = Math.max(last, at);
    return { what, ms };
  });
}

/** The whole story at the end, with where to look. */
export function summary(stage: Stage, tour: Tour, preparation: readonly TimedPart[], password: string, keep: boolean): string {
  const { site, sshKey } = stage;
  const { machine, reached } = tour;
  const look = [
    '',
    'Look around, from another terminal:',
    `  the computer   ssh ${sshArguments(sshKey.path, reached.address).join(' ')}`,
    `  the API        ${site.url}/api/v1/docs   (sign in as admin with ${password}; CA: ${site.caFile})`,
    `  command line   ./ostler --ca ${site.caFile} login ${site.url}`,
    `  screen         ${screenFile(stage, machine)}   (a new picture every 10 seconds)`,
    `  serial port    ${machine.serial.path}`,
    `  server log     ${site.logFile}`,
    '',
    'Ctrl-C ends everything and removes it.',
  ];
  const nextTime = [
    '',
    'Everything has been removed again. `./ostler lab --keep` leaves it running to look around; `./ostler lab list` shows the scenarios.',
  ];
  return [
    '',
    'What happened: a server was started in a network of its own. A computer with an empty disk was switched on; its firmware asked',
    'the network, got a signed loader, kernel and boot environment from the server, whose agent ran the task sequence: it partitioned',
    'the disk, applied the image, set the system up, restarted into it, reported success, and left.',
    '',
    'Preparation',
    formatTimes(preparation),
    '',
    'From power-on to the answer',
    formatTimes(tour.times),
    ...(keep ? look : nextTime),
  ].join('\n');
}

/** Waits until the lab is stopped. */
export async function waitUntilStopped(output: Output, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await sleep(60_000, undefined, { signal }).catch(() => undefined);
  output.print('');
}
