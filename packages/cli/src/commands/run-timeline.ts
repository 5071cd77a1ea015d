/** One computer's run as a timeline: what it did when, and for how long. */
import type { StatusMessage } from '@ostler/contract';
import type { ApiCommand } from '../command.ts';
import { formatCsv, formatDuration, formatTable, type Column } from '../output.ts';

interface Entry {
  readonly at: string;
  /** Since the first message. */
  readonly afterMs: number;
  /** Of a step that has ended; null: it goes on, or it is no step. */
  readonly durationMs: number | null;
  readonly environment: StatusMessage['environment'];
  /** As other commands take it: 2.1 is the first in the second group; empty for the run itself. */
  readonly place: string;
  readonly stepName: string;
  readonly result: string;
  readonly exitCode: number | null;
  readonly detail: string;
}

/** A step whose restart waits for a maintenance window has done everything else. */
const stepEnds: readonly StatusMessage['kind'][] = ['step-succeeded', 'step-failed', 'restart-waits', 'restarting'];
/** A note belongs to its step, and an end to its beginning. */
const untold: readonly StatusMessage['kind'][] = ['note', 'step-succeeded', 'step-failed'];
const barWidth = 20;

/** Times are the computer's own clock, which the site sets at its boot. */
export function timelineOf(messages: readonly StatusMessage[]): Entry[] {
  const startMs = Date.parse(messages[0]?.at ?? '');
  return messages.flatMap((message, index) => {
    if (untold.includes(message.kind)) return [];
    const isStep = message.kind === 'step-started';
    const end = isStep ? messages.slice(index + 1).find((later) => stepEnds.includes(later.kind)) : undefined;
    const told = end ?? message;
    const { at, environment, path, stepName } = message;
    return [
      {
        at,
        afterMs: Date.parse(at) - startMs,
        durationMs: end === undefined ? null : (end.durationMs ?? Date.parse(end.at) - Date.parse(at)),
        environment,
        place: path.map((part) => part + 1).join('.'),
        stepName,
        result: isStep && end === undefined ? 'goes on' : told.kind.replace(/^step-/, '').replaceAll('-', ' '),
        exitCode: told.exitCode,
        detail: told.error?.message ?? (message.kind === 'step-skipped' ? message.output.trim() : ''),
      },
    ];
  });
}

const columns: readonly Column<Entry>[] = [
  { title: 'AFTER', value: ({ afterMs }) => formatDuration(afterMs) },
  { title: 'TOOK', value: ({ durationMs }) => (durationMs === null ? '' : formatDuration(durationMs)) },
  { title: 'IN', value: ({ environment }) => (environment === 'boot-image' ? 'boot image' : 'system') },
  { title: 'PLACE', value: ({ place }) => place },
  { title: 'STEP', value: ({ stepName }) => stepName },
  { title: 'RESULT', value: ({ result, exitCode }) => (exitCode === null || exitCode === 0 ? result : `${result}, exit code ${exitCode}`) },
];

export function timelineText(entries: readonly Entry[]): string {
  const longestMs = Math.max(1, ...entries.map(({ durationMs }) => durationMs ?? 0));
  const bar = ({ durationMs }: Entry): string => '█'.repeat(Math.ceil(((durationMs ?? 0) / longestMs) * barWidth));
  return formatTable(
    entries,
    [...columns, { title: '', value: bar }, { title: '', value: ({ detail }) => detail }],
    'Nothing has been reported yet.',
  );
}

const csvColumns: readonly Column<Entry>[] = [
  { title: 'AT', value: ({ at }) => at },
  { title: 'AFTER MS', value: ({ afterMs }) => afterMs },
  { title: 'TOOK MS', value: ({ durationMs }) => durationMs },
  ...columns.slice(2, 5),
  { title: 'RESULT', value: ({ result }) => result },
  { title: 'EXIT CODE', value: ({ exitCode }) => exitCode },
  { title: 'DETAIL', value: ({ detail }) => detail },
];

export const runTimelineCommands: readonly ApiCommand[] = [
  {
    words: 'run timeline',
    summary: 'Show what a run did when, and for how long',
    arguments: ['<run>'],
    options: { '--csv': 'as comma-separated values' },
    run: async ({ client, output, signal }, [id = ''], values) => {
      const { items } = await client.call('runs.messages', { params: { id }, query: {} }, signal);
      const entries = timelineOf(items);
      output.result(entries, () => (values['csv'] === true ? formatCsv(entries, csvColumns) : timelineText(entries)));
    },
  },
];
