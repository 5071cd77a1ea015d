/** Whether the site has kept what it acknowledged: every status message as it was sent, and the end of every run. */
import type { Client } from '@ostler/contract';
import type { DeployedRun } from './deploying-computer.ts';

const askedAtOnce = 8;

/** @returns what was lost, in words; empty: nothing */
export async function findLosses(client: Client, runs: readonly DeployedRun[], signal: AbortSignal): Promise<string[]> {
  const losses: string[] = [];
  const waiting = runs.values();
  const lane = async (): Promise<void> => {
    for (const run of waiting) losses.push(...(await lossesOf(client, run, signal)));
  };
  await Promise.all(Array.from({ length: askedAtOnce }, lane));
  return losses;
}

async function lossesOf(client: Client, { runId: id, messages, acknowledgedSequence, ended }: DeployedRun, signal: AbortSignal) {
  const { items } = await client.call('runs.messages', { params: { id }, query: {} }, signal);
  const kept = new Map(items.map((message) => [message.sequence, message]));
  const lost = messages.filter(({ sequence, at, kind }) => {
    const found = kept.get(sequence);
    return sequence <= acknowledgedSequence && (found?.at !== at || found.kind !== kind);
  });
  const { state } = await client.call('runs.get', { params: { id } }, signal);
  return [
    ...lost.map(({ sequence }) => `${id}: the acknowledged message ${sequence} is not there`),
    ...(ended && state !== 'succeeded' ? [`${id}: its end was acknowledged, and it is ${state}`] : []),
    ...(ended ? [] : [`${id}: did not end`]),
  ];
}
