/** Waits for a job of the server and shows how far it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { OstlerError, type Job } from '@ostler/contract';
import type { CommandContext, Values } from './command.ts';
import { isTransient } from './connection.ts';

const pollMs = 500;
/** A server that restarts comes back well within this; the job goes on by itself meanwhile. */
const longestSilenceMs = 60_000;

/** Follows the job to its end. @throws OstlerError JOB_FAILED with the job's own error, or CANCELLED. */
export async function followJob({ client, output, signal }: CommandContext, job: Job): Promise<Job> {
  let current = job;
  let lastAnswerMs = Date.now();
  while (current.state === 'queued' || current.state === 'running') {
    output.progress(job.subject, current.progress);
    await sleep(pollMs, undefined, { signal });
    try {
      current = await client.call('jobs.get', { params: { id: job.id } }, signal);
      lastAnswerMs = Date.now();
    } catch (error) {
      if (!isTransient(error) || Date.now() - lastAnswerMs > longestSilenceMs) throw error;
    }
  }
  output.endProgress();
  if (current.state === 'cancelled') throw new OstlerError('CANCELLED', {});
  if (current.state === 'failed') {
    const reason = current.error?.message ?? 'no reason given';
    throw new OstlerError('JOB_FAILED', {
      subject: job.subject,
      reason: current.error?.hint === undefined ? reason : `${reason} ${current.error.hint}`,
    });
  }
  return current;
}

/** Follows the job unless `--no-wait` was given, and prints it. */
export async function followAndPrint(context: CommandContext, job: Job, values: Values, human: (job: Job) => string): Promise<void> {
  if (values['wait'] === false) {
    context.output.result(job, () => `Job ${job.id} is queued. Follow it with: ostler job watch ${job.id}`);
    return;
  }
  const ended = await followJob(context, job);
  context.output.result(ended, () => human(ended));
}
