/** The load of a fleet: computers that are deployed, clients that ask for policy, machines that wait, all at once and for a bounded time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { deploy, type DeployedRun, type Pace } from './deploying-computer.ts';
import { Line, type SiteName } from './line.ts';
import type { Machine } from './machine.ts';
import { enrol, pollPolicy, waitForApproval } from './polling-computer.ts';
import { stepCount, type FleetMachines } from './prepare-site.ts';
import type { Traffic } from './traffic.ts';

/** A client of an installed system, with its key. */
export interface Client {
  readonly machine: Machine;
  readonly key: string;
}

export interface Load {
  readonly site: SiteName;
  readonly machines: FleetMachines;
  readonly clients: readonly Client[];
  /** How long a deployment takes where the site answers at once. */
  readonly seconds: number;
  /** How often the site lets each client ask. */
  readonly pollSeconds: number;
  readonly traffic: Traffic;
  /** Done when half of the planned time is over; null: nothing. */
  readonly midway: (() => Promise<void>) | null;
  readonly say: (line: string) => void;
}

/** Computers that are switched on together do not all ask within the same second. */
const startedWithin = 0.15;
/** After so many times the planned time, what has not ended is given up. */
const givenUpAfter = 5;
const progressEveryMs = 10_000;
const enrolledAtOnce = 16;
/** The resident client asks again after about a minute (packages/agent: resident.ts). */
const pollAgainMs = { first: 80_000, longest: 80_000 } as const;

/** Every client enrols, some at a time. */
export async function enrolAll(site: SiteName, machines: readonly Machine[], traffic: Traffic, signal: AbortSignal): Promise<Client[]> {
  const waiting = machines.values();
  const enrolled: Client[] = [];
  const lane = async (): Promise<void> => {
    for (const machine of waiting) {
      const line = new Line({ site, traffic, kept: false });
      enrolled.push({ machine, key: await enrol(machine, line, signal) });
    }
  };
  await Promise.all(Array.from({ length: enrolledAtOnce }, lane));
  return enrolled;
}

/** @returns every run that was begun, when the last one has ended. @throws what a computer could not go on with */
export async function putLoad(load: Load, signal: AbortSignal): Promise<DeployedRun[]> {
  const { site, machines, clients, seconds, pollSeconds, traffic, say } = load;
  const runs: DeployedRun[] = [];
  const over = new AbortController();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(seconds * givenUpAfter * 1000)]);
  const note = (run: DeployedRun): void => void runs.push(run);
  const line = (kept: boolean): Line => new Line({ site, traffic, kept });
  const pace: Pace = { stepMs: (seconds * 1000 * (1 - startedWithin)) / stepCount };
  const asking = [
    ...clients.map(({ key }) => {
      const own = new Line({ site, traffic, kept: false, askAgainMs: pollAgainMs });
      own.useKey(key);
      return pollPolicy(own, pollSeconds, over.signal, limit);
    }),
    ...machines.waiting.map((machine) => waitForApproval(machine, line(false), over.signal, limit)),
  ];
  const watching = [sayProgress(runs, load, over.signal), doMidway(load, limit)];
  const deploying = machines.deploying.map(async (machine) => {
    const own = line(true);
    await sleep(Math.random() * seconds * startedWithin * 1000, undefined, { signal: limit });
    try {
      await deploy(machine, { line: own, pace, note }, limit);
    } finally {
      own.close();
    }
  });
  const deployed = Promise.allSettled(deploying).finally(() => over.abort());
  const failures = [...(await deployed), ...(await Promise.allSettled(asking))].filter(({ status }) => status === 'rejected');
  await Promise.all(watching);
  signal.throwIfAborted();
  for (const failure of failures.slice(0, 3)) say(`  ${String((failure as PromiseRejectedResult).reason)}`);
  return runs;
}

async function doMidway({ midway, seconds, say }: Load, signal: AbortSignal): Promise<void> {
  if (midway === null) return;
  await sleep(seconds * 500, undefined, { signal });
  await midway();
  say('  one server was killed');
}

async function sayProgress(runs: readonly DeployedRun[], { machines, traffic, say }: Load, over: AbortSignal): Promise<void> {
  for (let answeredBefore = 0; ;) {
    await sleep(progressEveryMs, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return;
    const { count, errors, lost, deferred } = traffic.total();
    const rate = ((count - answeredBefore) / progressEveryMs) * 1000;
    const ended = runs.filter((run) => run.ended).length;
    say(
      `  ${runs.length} of ${machines.deploying.length} runs begun, ${ended} ended; ${rate.toFixed(0)} requests/s, ${errors} errors, ${lost} without an answer, ${deferred} told to ask later`,
    );
    answeredBefore = count;
  }
}
