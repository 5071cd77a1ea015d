/** Definitions of the reports about runs and deployments. */
import { versionCounts } from './count-store.ts';
import { deploymentCounts, deploymentDevices, deploymentsOnDevice, deploymentsWithCounts } from './deployment-store.ts';
import { defineReport } from './report.ts';
import { failedRuns, frequentErrors, runHistory, runningRuns, runsOnUnknown, runSteps } from './run-store.ts';

const chosen = { deployment: 'optional', taskSequence: 'optional', since: 'optional', until: 'optional' } as const;
const runColumns = {
  taskSequence: ['TASK SEQUENCE', 'text'],
  version: ['VERSION', 'count'],
  state: ['STATE', 'text'],
  step: ['FAILED AT', 'text'],
  code: ['ERROR', 'text'],
  message: ['MESSAGE', 'text'],
  startedAt: ['STARTED', 'time'],
  endedAt: ['ENDED', 'time'],
  tookMs: ['TOOK', 'ms'],
  run: ['RUN', 'text'],
} as const;

const deploymentReports = [
  defineReport({
    name: 'deployments',
    title: 'All deployments, with the state of the newest run on each computer',
    parameters: {},
    columns: {
      taskSequence: ['TASK SEQUENCE', 'text'],
      version: ['VERSION', 'count'],
      collection: ['COLLECTION', 'text'],
      purpose: ['PURPOSE', 'text'],
      paused: ['PAUSED', 'text'],
      succeeded: ['SUCCEEDED', 'count'],
      failed: ['FAILED', 'count'],
      running: ['RUNNING', 'count'],
      cancelled: ['CANCELLED', 'count'],
      createdAt: ['MADE', 'time'],
      deployment: ['DEPLOYMENT', 'text'],
    },
    rows: deploymentsWithCounts,
  }),
  defineReport({
    name: 'deployment-summary',
    title: 'How many computers a deployment has succeeded, failed and runs on, and on how many it has not run yet',
    parameters: { deployment: 'required' },
    columns: { state: ['STATE', 'text'], computers: ['COMPUTERS', 'count'], share: ['SHARE', 'share'] },
    rows: (source, { deployment }) => deploymentCounts(source, deployment),
  }),
  defineReport({
    name: 'deployment-devices',
    title: 'The computers of a deployment, or those of them on which it is in one state',
    parameters: { deployment: 'required', state: 'optional' },
    columns: {
      device: ['DEVICE', 'text'],
      state: ['STATE', 'text'],
      step: ['STEP', 'text'],
      message: ['MESSAGE', 'text'],
      startedAt: ['STARTED', 'time'],
      endedAt: ['ENDED', 'time'],
      run: ['RUN', 'text'],
    },
    rows: (source, { deployment, state }) => deploymentDevices(source, deployment, state),
  }),
  defineReport({
    name: 'device-deployments',
    title: 'What each deployment to a computer is there',
    parameters: { device: 'required' },
    columns: {
      taskSequence: ['TASK SEQUENCE', 'text'],
      collection: ['COLLECTION', 'text'],
      purpose: ['PURPOSE', 'text'],
      state: ['STATE', 'text'],
      step: ['FAILED AT', 'text'],
      code: ['ERROR', 'text'],
      run: ['RUN', 'text'],
      deployment: ['DEPLOYMENT', 'text'],
    },
    rows: (source, { device }) => deploymentsOnDevice(source, device),
  }),
];

export const runReports = [
  ...deploymentReports,
  defineReport({
    name: 'task-sequences',
    title: 'Runs of each task sequence and version, and how many of them succeeded',
    parameters: { taskSequence: 'optional', since: 'optional', until: 'optional' },
    columns: {
      taskSequence: ['TASK SEQUENCE', 'text'],
      version: ['VERSION', 'count'],
      running: ['RUNNING', 'count'],
      succeeded: ['SUCCEEDED', 'count'],
      failed: ['FAILED', 'count'],
      cancelled: ['CANCELLED', 'count'],
      share: ['SHARE', 'share'],
      averageMs: ['TOOK ON AVERAGE', 'ms'],
    },
    rows: versionCounts,
  }),
  defineReport({
    name: 'device-history',
    title: 'Every run on a computer, the newest first',
    parameters: { device: 'required', since: 'optional', until: 'optional' },
    columns: runColumns,
    rows: runHistory,
  }),
  defineReport({
    name: 'run-steps',
    title: 'Each step of a run: how it ended and how long it took',
    parameters: { run: 'required' },
    columns: {
      place: ['PLACE', 'text'],
      step: ['STEP', 'text'],
      environment: ['IN', 'text'],
      result: ['RESULT', 'text'],
      tookMs: ['TOOK', 'ms'],
      exitCode: ['EXIT CODE', 'count'],
      message: ['MESSAGE', 'text'],
      at: ['AT', 'time'],
    },
    rows: (source, { run }) => runSteps(source, run),
  }),
  defineReport({
    name: 'running',
    title: 'What runs now and the step it is at; those first that have been silent longest',
    parameters: { deployment: 'optional', taskSequence: 'optional', step: 'optional' },
    columns: {
      device: ['DEVICE', 'text'],
      taskSequence: ['TASK SEQUENCE', 'text'],
      stepNumber: ['STEP', 'count'],
      stepCount: ['OF', 'count'],
      step: ['NAME', 'text'],
      leftMs: ['ABOUT LEFT', 'ms'],
      startedAt: ['STARTED', 'time'],
      lastContactAt: ['LAST CONTACT', 'time'],
      run: ['RUN', 'text'],
    },
    rows: runningRuns,
  }),
  defineReport({
    name: 'errors',
    title: 'The most frequent errors of runs that failed, by step and code',
    parameters: chosen,
    columns: {
      runs: ['RUNS', 'count'],
      step: ['STEP', 'text'],
      code: ['ERROR', 'text'],
      message: ['FOR EXAMPLE', 'text'],
      device: ['ON', 'text'],
    },
    rows: frequentErrors,
  }),
  defineReport({
    name: 'failed-runs',
    title: 'Runs that failed: at which step, and why',
    parameters: { ...chosen, step: 'optional' },
    columns: { device: ['DEVICE', 'text'], ...runColumns, exitCode: ['EXIT CODE', 'count'] },
    rows: failedRuns,
  }),
  defineReport({
    name: 'unknown-computers',
    title: 'Runs that began on a computer that the site did not know',
    parameters: chosen,
    columns: { device: ['DEVICE', 'text'], ...runColumns, model: ['MODEL', 'text'] },
    rows: runsOnUnknown,
  }),
];
