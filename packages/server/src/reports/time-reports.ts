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
    within: source.within('deployments.read', 'step_histories.deployment_id'),
  });
}

function asRow({ place: _place, group, ...times }: StepTimes) {
  return { ...times, group: group === '' ? null : group };
}

export const timeReports = [
  defineReport({
    name: 'step-times',
    title: 'How long each step takes: half, 90 % and 95 % of its tries that succeeded are not longer',
    parameters: { ...chosen, by: 'optional', step: 'optional' },
    columns: stepColumns,
    rows: async (source, values) => (await stepTimes(source, values)).slice(0, source.limit).map(asRow),
  }),
  defineReport({
    name: 'slowest-steps',
    title: 'The steps that take longest: by the time that 90 % of their tries are not longer than',
    parameters: { ...chosen, by: 'optional' },
    columns: stepColumns,
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
