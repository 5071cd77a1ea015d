/** Definitions of the reports about the fleet's times. */
import { readStepTimes, type StepTimes } from './step-history/step-times-store.ts';
import { runTrend } from './count-store.ts';
import { daysOf } from './period.ts';
import { defineReport, type ReportSource } from './report.ts';
import { runTimes, type ChosenRuns } from './run-store.ts';

const chosen = { deployment: 'optional', taskSequence: 'optional', since: 'optional', until: 'optional' } as const;
const stepColumns = {
  step: ['STEP', 'text'],
  group: ['OF', 'text'],
  succeeded: ['SUCCEEDED', 'count'],
  failed: ['FAILED', 'count'],
  p50Ms: ['P50', 'ms'],
  p90Ms: ['P90', 'ms'],
  p95Ms: ['P95', 'ms'],
  averageMs: ['AVERAGE', 'ms'],
  longestMs: ['LONGEST', 'ms'],
  totalMs: ['ALL TOGETHER', 'ms'],
} as const;

function stepTimes(
  source: ReportSource,
  { by, step, ...of }: ChosenRuns & { readonly by?: 'model' | 'site' | undefined; readonly step?: string | undefined },
): Promise<StepTimes[]> {
  return readStepTimes(source.sql, {
    deploymentId: of.deployment,
    taskSequenceId: of.taskSequence,
    step,
    groupedBy: by ?? 'all',
    ...daysOf(of, source.nowMs),
    within: (column) => source.within('deployments.read', column),
    sight: source.sight('deployments.read'),
  });
}

/** The histories that these reports are made from name no computers. */
const limitedSteps = [
  'An account limited to collections gets the times of the computers that it may see now. What others, such as those that have left its collections,',
  'were counted with is taken off again, by their messages; the longest time is within 2 % then, where it was one of theirs. Left out whole is a day of',
  'a deployment on which such a computer had a run whose messages are deleted, or on which any run was whose record is (`site retention`): whose times',
  'are among the rest cannot be told any more.',
].join(' ');

const limitedTrend = [
  'An account limited to collections gets the runs of the computers that it may see now, as long as their records are kept (`site retention`):',
  'what is left of deleted runs names no computers.',
].join(' ');

function asRow({ place: _place, group, ...times }: StepTimes) {
  return { ...times, group: group === '' ? null : group };
}

export const timeReports = [
  defineReport({
    name: 'step-times',
    title: 'How long each step takes: half, 90 % and 95 % of its tries that succeeded are not longer',
    parameters: { ...chosen, by: 'optional', step: 'optional' },
    columns: stepColumns,
    note: limitedSteps,
    rows: async (source, values) => (await stepTimes(source, values)).slice(0, source.limit).map(asRow),
  }),
  defineReport({
    name: 'slowest-steps',
    title: 'The steps that take longest: by the time that 90 % of their tries are not longer than',
    parameters: { ...chosen, by: 'optional' },
    columns: stepColumns,
    note: limitedSteps,
    rows: async (source, values) => {
      const times = (await stepTimes(source, values)).toSorted((a, b) => (b.p90Ms ?? -1) - (a.p90Ms ?? -1));
      return times.slice(0, source.limit).map(asRow);
    },
  }),
  defineReport({
    name: 'trend',
    title: 'How many of the runs that ended have succeeded, day by day or week by week',
    parameters: { ...chosen, interval: 'optional' },
    columns: {
      from: ['FROM', 'text'],
      runs: ['RUNS', 'count'],
      succeeded: ['SUCCEEDED', 'count'],
      failed: ['FAILED', 'count'],
      cancelled: ['CANCELLED', 'count'],
      share: ['SHARE', 'share'],
      averageMs: ['TOOK ON AVERAGE', 'ms'],
    },
    note: limitedTrend,
    rows: runTrend,
  }),
  defineReport({
    name: 'run-times',
    title: 'How long runs took, the longest first; with minutes, those that exceeded a length of time',
    parameters: { ...chosen, minutes: 'optional' },
    columns: {
      device: ['DEVICE', 'text'],
      taskSequence: ['TASK SEQUENCE', 'text'],
      version: ['VERSION', 'count'],
      state: ['STATE', 'text'],
      tookMs: ['TOOK', 'ms'],
      model: ['MODEL', 'text'],
      site: ['SITE', 'text'],
      startedAt: ['STARTED', 'time'],
      run: ['RUN', 'text'],
    },
    rows: runTimes,
  }),
];
