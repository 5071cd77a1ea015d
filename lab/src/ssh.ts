/** Looks into a deployed machine over ssh, with a key that only this lab has. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '@ostler/imaging/run';
import type { Machine } from './machine.ts';
import type { Network } from './network.ts';

export interface SshKey {
  readonly path: string;
  readonly publicKey: string;
}

/** A machine that answers over ssh. */
export interface Reached {
  readonly address: string;
  /** Runs a command there. @throws OstlerError COMMAND_FAILED when it fails */
  command(line: string, signal: AbortSignal): Promise<string>;
}

export async function makeSshKey(folder: string, signal: AbortSignal): Promise<SshKey> {
  const path = join(folder, 'ssh-key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ostler-lab', '-f', path], { signal });
  const { stdout } = await run('ssh-keygen', ['-y', '-f', path], { signal });
  return { path, publicKey: stdout.trim() };
}

/** The options that make ssh take this key, ask nothing and remember nothing: machines of the lab come and go. */
export function sshArguments(keyPath: string, address: string): readonly string[] {
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'ConnectTimeout=10'];
  return ['-F', '/dev/null', '-i', keyPath, ...options.flatMap((option) => ['-o', option]), `root@${address}`];
}

/** Tries every address that the machine was seen with, until one answers. @throws the signal's reason */
export async function reachMachine(machine: Machine, network: Network, key: SshKey, signal: AbortSignal): Promise<Reached> {
  for (;;) {
    for (const address of await network.addressesOf(machine.macAddress, signal)) {
      const command: Reached['command'] = async (line, signal) =>
        (await run('ssh', [...sshArguments(key.path, address), line], { signal })).stdout;
      const { exitCode } = await run('ssh', [...sshArguments(key.path, address), 'true'], { signal, okExitCodes: [0, 255] });
      if (exitCode === 0) return { address, command };
    }
    await sleep(1000, undefined, { signal });
  }
}

/** Another one after every start of the machine. */
export async function bootIdOf(reached: Reached, signal: AbortSignal): Promise<string> {
  return (await reached.command('cat /proc/sys/kernel/random/boot_id', signal)).trim();
}
