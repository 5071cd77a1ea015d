/** Computers that only ask: clients for policy, and machines in the boot environment that wait for their approval. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Line } from './line.ts';
import type { Machine } from './machine.ts';

/** The client of an installed system proves itself, once. @returns its key */
export async function enrol(machine: Machine, line: Line, signal: AbortSignal): Promise<string> {
  const { facts, name: computerName, claim } = machine;
  const answer = await line.call('client.enrol', { body: { facts, computerName, claim } }, signal);
  if (answer.state !== 'enrolled') throw new Error(`${machine.name} was not enrolled: ${JSON.stringify(answer)}`);
  return answer.key;
}

/** Asks for policy at its own moment of each interval that the site names, until `until` aborts. */
export async function pollPolicy(line: Line, everySeconds: number, until: AbortSignal, signal: AbortSignal): Promise<void> {
  for (let waitSeconds = Math.random() * everySeconds; await waited(waitSeconds * 1000, until);) {
    const { run, pollSeconds } = await line.call('client.poll', {}, signal);
    if (run !== null) throw new Error('A client got a run that was not meant for it.');
    waitSeconds = pollSeconds;
  }
}

/** Says hello again and again, as the site asks it to, until `until` aborts. */
export async function waitForApproval(machine: Machine, line: Line, until: AbortSignal, signal: AbortSignal): Promise<void> {
  const { facts, macAddress: bootMacAddress, claim } = machine;
  const body = { facts, environment: 'boot-image', bootMacAddress, bootImageId: null, claim } as const;
  for (let waitMs = Math.random() * 5000; await waited(waitMs, until);) {
    const answer = await line.call('agent.hello', { body }, signal);
    if (answer.state !== 'waiting-for-approval') throw new Error(`${machine.name} does not wait: ${answer.state}`);
    waitMs = answer.pollSeconds * 1000;
  }
}

/** @returns false when `until` has aborted meanwhile */
async function waited(waitMs: number, until: AbortSignal): Promise<boolean> {
  await sleep(waitMs, undefined, { signal: until }).catch(() => undefined);
  return !until.aborted;
}
