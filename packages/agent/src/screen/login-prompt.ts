/** In the installed system the login prompt gives up the screen while the agent shows the run, and gets it back at the end. */
import type { ImagingOperations } from '../imaging-operations.ts';
import type { Log } from '../log.ts';

const unit = 'getty@tty1.service';

interface Parts {
  readonly imaging: Pick<ImagingOperations, 'run'>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Only until the next start: should the agent never end, the prompt is back after a restart. */
export async function hideLoginPrompt({ imaging, log, signal }: Parts): Promise<void> {
  await attempt(['mask', '--runtime', '--now', unit], { imaging, log, signal });
}

export async function showLoginPrompt({ imaging, log, signal }: Parts): Promise<void> {
  await attempt(['unmask', '--runtime', unit], { imaging, log, signal });
  await attempt(['start', '--no-block', unit], { imaging, log, signal });
}

/** A system without such a prompt is deployed as well. */
async function attempt(args: readonly string[], { imaging, log, signal }: Parts): Promise<void> {
  try {
    await imaging.run('systemctl', args, { signal });
  } catch (error) {
    log.warn({ err: error }, 'the login prompt could not be changed');
  }
}
