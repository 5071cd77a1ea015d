/** wipefs (util-linux): removes the signatures of file systems, RAID and LVM members and partition tables. */
import { run } from '../run.ts';

/** Removes every signature on the device, backups at its end included. */
export async function wipeSignatures(path: string, signal: AbortSignal): Promise<void> {
  await run('wipefs', ['--all', '--force', '--quiet', path], { signal });
}
