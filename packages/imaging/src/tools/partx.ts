/** partx (util-linux): tells the kernel the partitions of a disk, also where the kernel cannot read its table itself. */
import { run } from '../run.ts';

/**
 * Adds the partitions of the disk's table that the kernel does not have yet. Exit code 1 (some exist already: udev may have
 * had the kernel read the table) is no failure; the caller waits for what it needs. `--update` would leave out logical ones.
 */
export async function addKernelPartitions(disk: string, signal: AbortSignal): Promise<void> {
  await run('partx', ['--add', disk], { signal, okExitCodes: [0, 1] });
}

/** Makes the kernel forget the disk's partitions; nothing to forget is fine. */
export async function forgetKernelPartitions(disk: string, signal: AbortSignal): Promise<void> {
  await run('partx', ['--delete', disk], { signal, okExitCodes: [0, 1] });
}
