/** udevadm (udev): waits until device nodes and links are made. */
import { OstlerError } from '@ostler/contract';
import { run } from '../run.ts';

/** Waits for pending device events. Without udev (a small container) there is nothing to wait for: the kernel makes the nodes. */
export async function settleDevices(signal: AbortSignal): Promise<void> {
  try {
    await run('udevadm', ['settle', '--timeout=30'], { signal, okExitCodes: [0, 1, 2] });
  } catch (error) {
    if (!(error instanceof OstlerError && error.code === 'COMMAND_NOT_FOUND')) throw error;
  }
}
