/** Runs and deployments in words. */
import {
  formatBytes,
  windowWaitText,
  type Deployment,
  type DeploymentStatus,
  type PreDownloadStatus,
  type Run,
  type StatusMessage,
} from '@ostler/contract';
import { formatCsv, formatDuration, formatTable, type Column } from '../output.ts';

/** The step a run is at, or why it failed. */
export function stepText({ step, state, failure }: Run): string {
  if (failure) return `${failure.stepName}: ${failure.error.message}`;
  if (state !== 'running' || step === null) return '';
  const { progress } = step;
  const share = progress?.total ? ` ${Math.floor((progress.done / progress.total) * 100)} %` : '';
  const rate = step.bytesPerSecond ? ` ${formatBytes(step.bytesPerSecond)}/s` : '';
  const left = step.secondsLeft === null ? '' : `, ${formatDuration(step.secondsLeft * 1000)} left`;
  const run = step.runSecondsLeft === null ? '' : `; about ${formatDuration(step.runSecondsLeft * 1000)} to the end`;
  return `${step.stepNumber}/${step.stepCount} ${step.stepName}${share}${rate}${left}${run}`;
}

/** The run's state, and whether it is paused, waits in the debugger or for a maintenance window. */
export function stateText({
  state,
  pause,
  debugger: debug,
  waitsForWindow,
}: Pick<Run, 'state' | 'pause' | 'debugger' | 'waitsForWindow'>): string {
  if (state !== 'running') return state;
  if (debug === 'waiting') return 'waits in the debugger';
  if (pause === 'requested') return 'running, pauses soon';
  const waits = waitsForWindow === null ? null : windowWaitText(waitsForWindow);
  if (pause === 'paused') return waits === null ? 'paused' : `paused, and ${waits}`;
  return waits ?? state;
}

/** What a run does now that it was resumed. */
export function resumedText({ id, deviceName, waitsForWindow }: Pick<Run, 'id' | 'deviceName' | 'waitsForWindow'>): string {
  if (waitsForWindow === null) return `The run on ${deviceName} goes on.`;
  const waits = `The run on ${deviceName} is paused no more, but ${windowWaitText(waitsForWindow)}.`;
  return `${waits}\nTo restart the computer now, resume it once more: ostler run resume ${id}`;
}

/** Who paused a deployment and why; null: it is not paused. */
export function pauseText({ paused }: Pick<Deployment, 'paused'>): string | null {
  if (paused === null) return null;
  return `paused${paused.by === null ? '' : ` by ${paused.by}`}${paused.reason === '' ? '' : `: ${paused.reason}`}`;
}

/** Whether it begins on computers, or what keeps it from that. */
export function deploymentStateText(deployment: Pick<Deployment, 'paused' | 'obstacle'>): string {
  return pauseText(deployment) ?? deployment.obstacle ?? 'on';
}

type DeviceRow = DeploymentStatus['devices'][number];

const deviceColumns: readonly Column<DeviceRow>[] = [
  { title: 'DEVICE', value: ({ deviceName }) => deviceName },
  { title: 'STATE', value: ({ state, run }) => (run !== null && state === run.state ? stateText(run) : state) },
  { title: 'STEP', value: ({ run }) => (run ? stepText(run) : '') },
  { title: 'STARTED', value: ({ run }) => run?.startedAt ?? null },
  { title: 'ENDED', value: ({ run }) => run?.endedAt ?? null },
  { title: 'LAST CONTACT', value: ({ run }) => run?.lastContactAt ?? null },
  { title: 'RUN', value: ({ run }) => run?.id ?? null },
];

/** Where content is fetched before runs, what each computer has of it. */
function columnsOf({ preDownload }: DeploymentStatus): readonly Column<DeviceRow>[] {
  if (preDownload === null) return deviceColumns;
  const { totalBytes, devices } = preDownload;
  const byId = new Map(devices.map((each) => [each.deviceId, each]));
  return [...deviceColumns, { title: 'CONTENT', value: ({ deviceId }) => contentText(byId.get(deviceId), totalBytes) }];
}

function contentText(told: PreDownloadStatus['devices'][number] | undefined, totalBytes: number): string | null {
  if (told === undefined) return null;
  if (told.receivedBytes >= totalBytes) return 'all';
  const share = `${Math.floor((told.receivedBytes / totalBytes) * 100)} %`;
  return told.problem === null ? share : `${share}: ${told.problem}`;
}

function preDownloadText({ totalBytes, completeCount, begunCount, problemCount }: PreDownloadStatus): string {
  const inTheWay = problemCount === 0 ? '' : `; something is in the way on ${problemCount}`;
  return `Of the computers that wait for their run, ${completeCount} have its content (${formatBytes(totalBytes)}), ${begunCount} have a part of it${inTheWay}.`;
}

/** What a deployment is, and how many of its computers are how far. */
function summaryText({ deployment, counts }: Pick<DeploymentStatus, 'deployment' | 'counts'>): string {
  const summary = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state.replaceAll('-', ' ')}`)
    .join(', ');
  const title = `${deployment.taskSequenceName} → ${deployment.collectionName} (${deployment.purpose})`;
  return `${title}: ${summary === '' ? 'no computers' : summary}`;
}

/** How far a deployment is: the counts, its errors, and a page of its computers. */
export function statusText(status: DeploymentStatus): string {
  const { deployment, counts, failures, devices, preDownload, next } = status;
  const hasComputers = Object.values(counts).some((count) => count > 0);
  const paused = pauseText(deployment);
  return [
    summaryText(status),
    ...(paused === null ? [] : [`It is ${paused}.`]),
    ...(preDownload === null ? [] : [preDownloadText(preDownload)]),
    ...(failures.length === 0 ? [] : [failureTable(failures)]),
    formatTable(devices, columnsOf(status), hasComputers ? 'There are no such computers.' : 'The collection has no computers.'),
    ...(next === null ? [] : [`More: --after "${next}"`]),
  ].join('\n\n');
}

export function statusCsv(status: DeploymentStatus): string {
  return formatCsv(status.devices, columnsOf(status));
}

function failureTable(failures: DeploymentStatus['failures']): string {
  return formatTable(
    failures,
    [
      { title: 'FAILED', value: ({ deviceCount }) => deviceCount },
      { title: 'STEP', value: ({ stepName }) => stepName },
      { title: 'ERROR', value: ({ code }) => code },
      { title: 'FOR EXAMPLE', value: ({ message }) => message },
      { title: 'ON', value: ({ deviceNames, deviceCount }) => `${deviceNames.join(', ')}${deviceCount > deviceNames.length ? ', …' : ''}` },
    ],
    '',
  );
}

/** What runs now, for one line; `subject` changes where something else runs, or another step. */
export function liveText(status: Pick<DeploymentStatus, 'deployment' | 'counts' | 'devices'>): { subject: string; text: string } {
  const runs = status.devices.flatMap(({ run }) => (run?.state === 'running' ? [run] : []));
  const [only] = runs;
  const summary = summaryText(status);
  if (only === undefined) return { subject: summary, text: `${summary}; nothing runs now` };
  const subject = runs.map(placeText).join(', ');
  return { subject, text: runs.length === 1 ? `${only.deviceName} ${doingText(only)}` : `${status.counts.running} running: ${subject}` };
}

function placeText({ deviceName, step }: Run): string {
  return step === null ? deviceName : `${deviceName} ${step.stepNumber}/${step.stepCount}`;
}

function doingText(run: Run): string {
  const [state, step] = [stateText(run), stepText(run)];
  if (state !== 'running') return step === '' ? state : `${state}: ${step}`;
  return step === '' ? 'begins' : step;
}

/** A status message as one line. */
export function messageLine(message: StatusMessage): string {
  const { at, kind, stepName, durationMs, exitCode, error, output } = message;
  const time = durationMs === null ? '' : ` (${formatDuration(durationMs)})`;
  const code = exitCode === null || exitCode === 0 ? '' : ` exit code ${exitCode}`;
  const detail = error?.message ?? (kind === 'step-succeeded' ? '' : output.trim().split('\n').at(-1));
  return `${at.slice(11, 19)}  ${kind.padEnd(14)}  ${stepName}${time}${code}${detail ? `  ${detail}` : ''}`;
}
