/** The screen while a run goes on: which step, how far, how fast, and what it prints. Pure. */
import { formatBytes } from '@ostler/contract';
import { expectedSecondsLeft } from '../expected-time.ts';
import { formatDuration, formatRate, plain, wrap } from './format.ts';
import type { Frame, RunView } from './screen-state.ts';

/** Beside the bar: brackets, and the share in percent. */
const besideBar = 16;

export function renderRun(view: RunView, { width }: Frame, nowMs: number): string[] {
  const step = view.stepNumber === 0 ? 'Starting' : `Step ${view.stepNumber} of ${view.stepCount}: ${view.stepName}`;
  return [
    `${view.sequenceName} on ${view.computerName}`,
    '',
    bar(view.stepCount === 0 ? 0 : Math.max(0, view.stepNumber - 1 + stepShare(view)) / view.stepCount, width),
    ...wrap(step, width).slice(0, 2),
    '',
    ...(view.progress === null ? ['', '', expectedLine(view, nowMs)] : progressLines(view, width, nowMs)),
    '',
    elapsedLine(view, nowMs),
    '',
    ...view.lines.map((line) => plain(line).slice(0, width)),
  ];
}

function elapsedLine(view: RunView, nowMs: number): string {
  const { run } = expectedSecondsLeft(view, nowMs);
  const left = run === null ? '' : `   about ${formatDuration(run)} left`;
  return `Elapsed ${formatDuration((nowMs - view.startedAtMs) / 1000)}${left}`;
}

/** Of a step that does not say itself how far it is. */
function expectedLine(view: RunView, nowMs: number): string {
  const { step } = expectedSecondsLeft(view, nowMs);
  return step === null ? '' : `about ${formatDuration(step)} left in this step`;
}

function progressLines(view: RunView, width: number, nowMs: number): string[] {
  const { progress, bytesPerSecond } = view;
  if (progress === null) return [];
  const secondsLeft = view.secondsLeft ?? expectedSecondsLeft(view, nowMs).step;
  const { activity, done, total, unit } = progress;
  const amounts: Readonly<Record<typeof unit, string>> = {
    bytes: total === null ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(total)}`,
    files: total === null ? `${done} files` : `${done} of ${total} files`,
    steps: total === null ? '' : `${done} of ${total}`,
    percent: `${Math.round(done)} %`,
  };
  const rate = bytesPerSecond === null || bytesPerSecond === 0 ? [] : [formatRate(bytesPerSecond)];
  const left = secondsLeft === null ? [] : [`${formatDuration(secondsLeft)} left`];
  const facts = [amounts[unit], ...rate, ...left].filter((part) => part !== '').join('   ');
  return [activity.slice(0, width), bar(shareOf(done, total), width), facts];
}

function stepShare({ progress }: RunView): number {
  return progress === null ? 0 : shareOf(progress.done, progress.total);
}

function shareOf(done: number, total: number | null): number {
  return total === null || total === 0 ? 0 : Math.min(1, done / total);
}

function bar(share: number, width: number): string {
  const barWidth = width - besideBar;
  const filled = Math.round(share * barWidth);
  return `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
}
