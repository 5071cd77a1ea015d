/** A TPM 2.0 in software for one machine. What it keeps stays over power cuts, as in a chip. */
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start, type RunningProgram } from '@ostler/imaging/run';
import type { Network } from './network.ts';

export interface Tpm {
  /** Where the machine finds it once it is on. */
  readonly socket: string;
  /** Before its machine; it ends when the machine leaves it. @throws the signal's reason */
  powerOn(signal: AbortSignal): Promise<RunningProgram>;
  /** Another chip takes its place, which knows nothing: as if the disk were in another computer. Its machine is off. */
  replace(): Promise<void>;
}

/** @param folder one with a short path, for the socket */
export function tpmAt(folder: string, network: Network): Tpm {
  const state = join(folder, 'tpm');
  const socket = join(folder, 'tpm.socket');
  return {
    socket,
    powerOn: async (signal) => {
      await mkdir(state, { recursive: true });
      await rm(socket, { force: true });
      const options = ['--tpm2', '--tpmstate', `dir=${state}`, '--ctrl', `type=unixio,path=${socket}`, '--terminate'];
      const { program, args } = network.inside('swtpm', ['socket', ...options]);
      const tpm = await start(program, args, {});
      const ended = new AbortController();
      void tpm.exited.then((code) => ended.abort(new Error(`the TPM ended with exit code ${code}`)));
      await waitForFile(socket, AbortSignal.any([signal, ended.signal]));
      return tpm;
    },
    replace: () => rm(state, { recursive: true, force: true }),
  };
}

async function waitForFile(path: string, signal: AbortSignal): Promise<void> {
  while (
    !(await access(path).then(
      () => true,
      () => false,
    ))
  )
    await sleep(20, undefined, { signal });
}
