/** Commands for how long the site keeps what runs leave behind, and the audit log. */
import { OstlerError, UpdateRetention, type Job, type RetentionState, type RetentionSubject } from '@ostler/contract';
import { text, type ApiCommand, type Values } from '../command.ts';
import { followAndPrint } from '../follow-job.ts';
import { formatTable } from '../output.ts';

const words: Readonly<Record<RetentionSubject, string>> = {
  messages: 'messages and outputs of steps, by run',
  logs: 'logs of agents',
  runs: 'records of runs',
  inventoryChanges: 'changes of inventories',
  statistics: 'times of steps and outcomes, by day',
  audit: 'entries of the audit log',
};
/** Of the command line, and what each is in the settings. */
const options = {
  messages: '--messages <days>',
  logs: '--logs <days>',
  runs: '--runs <days>',
  inventoryChanges: '--inventory-changes <days>',
  statistics: '--statistics <days>',
  audit: '--audit <days>',
} as const satisfies Record<RetentionSubject, string>;

export function retentionText({ settings, subjects, lastRunAt }: RetentionState): string {
  const day = (time: string | null): string | null => time?.slice(0, 10) ?? null;
  const table = formatTable(
    subjects,
    [
      { title: 'WHAT', value: ({ subject }) => words[subject] },
      { title: 'KEPT FOR', value: ({ subject }) => daysText(settings[`${subject}Days`]) },
      { title: 'OLDEST', value: ({ oldest }) => day(oldest) },
      { title: 'OLDER THAN THAT', value: ({ dueCount }) => dueCount },
    ],
    '',
  );
  return `${table}\n\n${lastRunAt === null ? 'Nothing has been deleted yet.' : `Last looked through: ${lastRunAt}`}`;
}

function daysText(days: number): string {
  return days === 0 ? 'ever' : `${days} days`;
}

/** @throws OstlerError BAD_REQUEST */
export function retentionChanges(values: Values): UpdateRetention {
  const given = Object.keys(options).flatMap((subject) => {
    const days = text(values, subject);
    return days === undefined ? [] : [[`${subject}Days`, Number(days)] as const];
  });
  const parsed = UpdateRetention.safeParse(Object.fromEntries(given));
  if (parsed.success && given.length > 0) return parsed.data;
  const problem = parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new OstlerError('BAD_REQUEST', { problem: problem ?? 'nothing is given that is to change' });
}

function deletedText({ result }: Job): string {
  const counts = Object.entries(result ?? {}).filter(([, count]) => count !== 0);
  // Safe: the job's result has a number for each subject.
  const parts = counts.map(([subject, count]) => `${String(count)} × ${words[subject as RetentionSubject]}`);
  return parts.length === 0 ? 'Nothing was older than the site keeps.' : `Deleted: ${parts.join(', ')}.`;
}

export const siteRetentionCommands: readonly ApiCommand[] = [
  {
    words: 'site retention show',
    summary: 'Show how long what runs leave behind and the audit log are kept, and how much is older',
    run: async ({ client, output, signal }) => {
      const state = await client.call('retention.get', {}, signal);
      output.result(state, () => retentionText(state));
    },
  },
  {
    words: 'site retention set',
    summary: 'Change how long what runs leave behind and the audit log are kept, in days; 0: for ever',
    options: Object.fromEntries(Object.entries(options).map(([subject, flag]) => [flag, words[subject as RetentionSubject]])),
    help: 'It counts from the end of a run. The audit log is kept for 30 days at least; write it to a file before it goes, `ostler audit export`.\n\n  ostler site retention set --messages 90 --logs 30 --runs 0\n  ostler site retention set --audit 730',
    run: async ({ client, output, signal }, _args, values) => {
      const state = await client.call('retention.update', { body: retentionChanges(values) }, signal);
      output.result(state, () => retentionText(state));
    },
  },
  {
    words: 'site retention run',
    summary: 'Delete what is older now; the site does it by itself once a day',
    options: { '--no-wait': 'do not wait for the end' },
    run: async (context, _args, values) => {
      const job = await context.client.call('retention.run', {}, context.signal);
      await followAndPrint(context, job, values, deletedText);
    },
  },
];
