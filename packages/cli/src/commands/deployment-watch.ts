/** `deployment watch`: status messages as they come, and below them what runs now. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DeploymentStatus, parseKnown, WatchedMessage } from '@ostler/contract';
import type { CommandContext } from '../command.ts';
import { isTransient } from '../connection.ts';
import { readEvents } from '../read-stream.ts';
import { liveText, messageLine, statusText } from './status-text.ts';

/** A site that restarts is back within some of these. */
const askAgainMs = 3000;

/** Follows it to its end, over restarts of the site. @throws OstlerError SERVER_UNREACHABLE where the site did not answer at all */
export async function watchDeployment(context: CommandContext, id: string): Promise<void> {
  const { client, output, signal } = context;
  let isOver = await follow(context, id);
  while (!isOver) {
    output.live('away', 'The site has ended the connection; asking it again');
    await sleep(askAgainMs, undefined, { signal });
    isOver = await follow(context, id).catch((error: unknown) => {
      if (!isTransient(error)) throw error;
      return false;
    });
  }
  output.endProgress();
  const ended = await client.call('deployments.status', { params: { id }, query: {} }, signal);
  output.result(ended, () => statusText(ended));
}

/** True once it is over, false where the connection ended before. */
async function follow(context: CommandContext, id: string): Promise<boolean> {
  const { output } = context;
  for await (const { event, data } of readEvents(context, 'deployments.watch', { id })) {
    if (event === 'message') {
      const message = parseKnown(WatchedMessage, data);
      output.result(message, () => `${message.deviceName}  ${messageLine(message)}`);
    }
    if (event !== 'status') continue;
    const status = parseKnown(DeploymentStatus, data);
    if (isDone(status)) return true;
    const { subject, text } = liveText(status);
    output.live(subject, text);
  }
  return false;
}

/** Nothing runs, and nothing is to begin: every device is done, or it is paused. */
function isDone({ deployment, counts }: DeploymentStatus): boolean {
  const { running, waiting, unknown, ...done } = counts;
  const hasDone = Object.values(done).some((count) => count > 0);
  return running === 0 && (deployment.paused !== null || (hasDone && waiting + unknown === 0));
}
