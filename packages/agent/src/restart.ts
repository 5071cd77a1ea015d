/** Restarts the computer, into the boot environment where that is wanted. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Environment } from '@ostler/contract';
import type { ImagingOperations } from './imaging-operations.ts';
import type { Log } from './log.ts';

/** UEFI 2.10 §3.3: the firmware's own variables; in efivarfs four bytes of attributes come before the value. */
const variables = '/sys/firmware/efi/efivars';
const globalGuid = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
const attributeBytes = 4;
/** Non-volatile, boot-service and run-time access. */
const bootNextAttributes = 7;

/** The firmware's entry that this boot came from; null on BIOS. In the boot environment: the network. */
export async function currentBootEntry(): Promise<number | null> {
  try {
    const value = await readFile(`${variables}/BootCurrent-${globalGuid}`);
    return value.readUInt16LE(attributeBytes);
  } catch {
    return null;
  }
}

export interface RestartOptions {
  readonly environment: Environment;
  readonly target: Environment | 'as-the-firmware-likes';
  /** The firmware's entry for the network; null where it is not known. */
  readonly networkBootEntry: number | null;
  readonly imaging: Pick<ImagingOperations, 'run'>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Settles when the restart has been asked for; the end of this process follows. */
export async function restartComputer(options: RestartOptions): Promise<void> {
  const { environment, target, networkBootEntry, imaging, log, signal } = options;
  if (target === 'boot-image' && networkBootEntry !== null) await bootNext(networkBootEntry, log);
  log.info({ target }, 'restarting the computer');
  await imaging.run('sync', [], { signal });
  if (environment === 'installed-os') {
    await imaging.run('systemctl', ['reboot', '--no-block'], { signal });
  } else {
    // Process 1 of the boot environment unmounts what is left and restarts the computer.
    process.kill(1, 'SIGTERM');
  }
}

/** Also a computer whose firmware prefers the disk then comes back to the network once. */
async function bootNext(entry: number, log: Log): Promise<void> {
  const value = Buffer.alloc(attributeBytes + 2);
  value.writeUInt32LE(bootNextAttributes, 0);
  value.writeUInt16LE(entry, attributeBytes);
  try {
    await writeFile(`${variables}/BootNext-${globalGuid}`, value);
  } catch (error) {
    log.warn({ err: error, entry }, 'the firmware does not take the next boot entry; its own order decides');
  }
}
