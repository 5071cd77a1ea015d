/** `ostler bench monitoring`: a site whose database has a deployment that a fleet has run; how fast it answers about it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TaskSequenceDefinition, type Client } from '@ostler/contract';
import type { LargeMeasurement } from '../large-site/command.ts';
import type { LargeSite } from '../large-site/large-site.ts';
import type { PlainDatabase } from '../large-site/plain-database.ts';
import { seconds, timeMs, type Row } from '../measure.ts';
import { printLine } from '../output.ts';
import { fillFleet, type FilledFleet } from './fill.ts';
import { measureQuestions } from './questions.ts';

type Scale = Readonly<Record<'devices' | 'messages', number>>;

export const monitoring: LargeMeasurement<keyof Scale> = {
  name: 'monitoring',
  title: 'Monitoring',
  summary:
    "Fills a site's database with a deployment that a fleet has run, lets the site count its steps, and asks for its status and reports.",
  counts: { devices: 'computers, 100000 by default; 95 of a hundred have run it', messages: 'status messages of each run, 60 by default' },
  scale: { devices: 100_000, messages: 60 },
  describe: ({ devices, messages }) =>
    `One deployment to ${devices.toLocaleString('en')} computers, of which 95 of a hundred have run it, with ${messages} status messages each.\nOstler: 95 of 100 requests over HTTPS take at most so long. The plain query: the median of its time in the database alone, and what it says less.`,
  measure: measureMonitoring,
};

async function measureMonitoring(site: LargeSite, scale: Scale, signal: AbortSignal): Promise<Row[]> {
  const prepared = await site.whileRunning((client) => prepare(client, signal));
  await using database = await site.open();
  const fleet: FilledFleet = { ...scale, nowMs: Date.now(), ...prepared };
  printLine(`Writing ${(scale.devices * scale.messages).toLocaleString('en')} messages …`);
  await fillFleet(database, fleet);
  await database.settle();
  return await site.whileRunning(async (client) => {
    printLine('The site counts their steps …');
    const countingMs = await timeMs(() => untilCounted(database, signal));
    await database.settle();
    printLine('Asking …');
    const alone = { against: '–', theirs: '–', ratio: null, expected: '–' } as const;
    return [
      { ...alone, what: 'the site counts the steps of all these runs, once', ours: seconds(countingMs), bound: 'one core' },
      ...(await measureQuestions({ client, database, fleet }, signal)),
    ];
  });
}

async function prepare(
  client: Client,
  signal: AbortSignal,
): Promise<Pick<FilledFleet, 'deploymentId' | 'collectionId' | 'taskSequenceId'>> {
  const steps = Array.from({ length: 20 }, (_, index) => ({
    type: 'run-command-line' as const,
    name: `Step ${index}`,
    options: { commandLine: 'true' },
  }));
  const definition = TaskSequenceDefinition.parse({ name: 'Install', startsIn: 'installed-os', steps });
  const { id: taskSequenceId } = await client.call('taskSequences.create', { query: {}, body: definition }, signal);
  // The site evaluates it while it is measured: what is filled in has to be what the rule finds.
  const rules = [{ kind: 'query', query: 'name.startsWith("PC-")' } as const];
  const { id: collectionId } = await client.call('collections.create', { body: { name: 'Fleet', rules } }, signal);
  const body = { taskSequenceId, collectionId, purpose: 'available' as const };
  const { id: deploymentId } = await client.call('deployments.create', { body }, signal);
  return { deploymentId, collectionId, taskSequenceId };
}

async function untilCounted(database: PlainDatabase, signal: AbortSignal): Promise<void> {
  while ((await database.query('select 1 from runs where count_due = 1 limit 1')) > 0) await sleep(500, undefined, { signal });
}
