/** For consoles that only append, such as a serial line: what is new since the state before, as lines. Pure. */
import { formatBytes } from '@ostler/contract';
import { announceDebugger } from './announce-debugger.ts';
import { formatDuration, formatRate, plain } from './format.ts';
import type { FailedView, PageView, RunView, ScreenState, ScreenView } from './screen-state.ts';

export interface Shown {
  readonly state: ScreenState | null;
  /** When progress was last printed, and how far it was. */
  readonly progressAtMs: number;
  readonly progressShare: number;
}

export const nothingShown: Shown = { state: null, progressAtMs: 0, progressShare: 0 };

const progressEveryMs = 10_000;
const progressEveryShare = 0.1;

type Lines = {
  readonly [V in Exclude<ScreenView['view'], 'run'>]: (view: Extract<ScreenView, { view: V }>, before: ScreenView | undefined) => string[];
};

const announcements: Lines = {
  message: ({ title, lines }) => [title, ...lines],
  waiting: ({ computer }) => [
    `Waiting for approval of this computer: ${computer.name}, MAC ${computer.macAddress}, UUID ${computer.smbiosUuid}, serial number ${computer.serialNumber}`,
  ],
  password: ({ message }) => [message, 'Password (not shown while it is typed), then Enter:'],
  page: (view, before) => (before?.view === 'page' && isSamePage(before, view) ? [view.note] : pageLines(view)),
  restarting: ({ message, seconds }) => [`Restarting${seconds > 0 ? ` in ${formatDuration(seconds)}` : ''}. ${message}`.trim()],
  succeeded: ({ sequenceName, elapsedSeconds }) => [`${sequenceName} has finished after ${formatDuration(elapsedSeconds)}`],
  debugger: announceDebugger,
  failed: (view, before) => [...(before?.view === 'failed' ? [] : failureLines(view)), ...offeredLines(view)],
};

/** @returns the lines to print, and what is shown afterwards. */
export function describeChange(before: Shown, state: ScreenState, nowMs: number): { readonly lines: string[]; readonly shown: Shown } {
  const lines = [...networkLines(before.state, state)];
  const { content } = state;
  if (content.view === 'run') return runLines(before, state, content, lines, nowMs);
  if (isAnnounced(before.state?.content, content)) return { lines, shown: { ...before, state } };
  // Safe: the table has, for each view, the function that takes exactly this view.
  const announce = announcements[content.view] as (view: ScreenView, before: ScreenView | undefined) => string[];
  return {
    lines: [...lines, ...announce(content, before.state?.content).filter((line) => line !== '')].map(plain),
    shown: { ...nothingShown, state },
  };
}

function pageLines({ title, lines, items, note, keys }: PageView): string[] {
  const described = items.map(({ label, detail, value }, index) => {
    const line = value === null ? `  ${index + 1}  ${label}` : `  ${label}`;
    return detail === '' ? line : `${line} - ${detail}`;
  });
  return [title, ...lines, ...described, note, keys.map(({ key, label }) => `[${key}] ${label}`).join('   ')];
}

function isSamePage(before: PageView, now: PageView): boolean {
  return JSON.stringify(withoutMotion({ ...before, note: '' })) === JSON.stringify(withoutMotion({ ...now, note: '' }));
}

const outputLines = 8;

function failureLines({ sequenceName, failure, output, logPath }: FailedView): string[] {
  return [
    `${sequenceName} has FAILED at step: ${failure.stepName}`,
    `  ${failure.error.code}: ${failure.error.message}`,
    ...(failure.error.hint === undefined ? [] : [`  ${failure.error.hint}`]),
    ...(output.length === 0 ? [] : ['  Last lines of output:', ...output.slice(-outputLines).map((line) => `    ${line}`)]),
    `  Log: ${logPath}, and with this run on the site once that knows of the failure`,
  ];
}

function offeredLines({ choices, note }: FailedView): string[] {
  return [note, ...(choices.length === 0 ? [] : [`Press ${choices.map(({ key, label }) => `${key} to ${label}`).join(', ')}`])];
}

function networkLines(before: ScreenState | null, state: ScreenState): string[] {
  if ((before?.networkProblem ?? null) === null && state.networkProblem !== null) {
    return [`The server does not answer (${plain(state.networkProblem)}); trying again`];
  }
  return before !== null && before.networkProblem !== null && state.networkProblem === null ? ['The server answers again'] : [];
}

/** What counts down or is typed changes the screen, but is no news. */
function isAnnounced(before: ScreenView | undefined, now: ScreenView): boolean {
  return before?.view === now.view && JSON.stringify(withoutMotion(before)) === JSON.stringify(withoutMotion(now));
}

function withoutMotion(view: ScreenView): object {
  if (view.view === 'page') return { ...view, selected: 0, keys: [], items: view.items.map(({ label }) => label) };
  return { ...view, typed: 0, selected: 0, seconds: 0, secondsLeft: 0 };
}

function runLines(before: Shown, state: ScreenState, view: RunView, lines: string[], nowMs: number) {
  const last = before.state?.content.view === 'run' ? before.state.content : null;
  if (last === null) lines.push(`${plain(view.sequenceName)} on ${view.computerName}`);
  const isNewStep = last?.stepNumber !== view.stepNumber || last.stepName !== view.stepName;
  if (isNewStep && view.stepNumber > 0) lines.push(`Step ${view.stepNumber} of ${view.stepCount}: ${plain(view.stepName)}`);
  const since = isNewStep ? { progressAtMs: nowMs, progressShare: 0 } : before;
  if (!isProgressDue(last, view, since, nowMs)) {
    return { lines, shown: { state, progressAtMs: since.progressAtMs, progressShare: since.progressShare } };
  }
  return { lines: [...lines, `  ${progressLine(view)}`], shown: { state, progressAtMs: nowMs, progressShare: shareOf(view) } };
}

function isProgressDue(last: RunView | null, view: RunView, since: Omit<Shown, 'state'>, nowMs: number): boolean {
  if (view.progress === null) return false;
  if (last?.progress?.activity !== view.progress.activity) return true;
  const isLongAgo = nowMs - since.progressAtMs >= progressEveryMs;
  return last.progress.done !== view.progress.done && (isLongAgo || shareOf(view) - since.progressShare >= progressEveryShare);
}

function shareOf({ progress }: RunView): number {
  return progress === null || progress.total === null || progress.total === 0 ? 0 : progress.done / progress.total;
}

function progressLine({ progress, bytesPerSecond, secondsLeft }: RunView): string {
  if (progress === null) return '';
  const { activity, done, total, unit } = progress;
  const share = total === null || total === 0 ? [] : [`${Math.floor((done / total) * 100)} %`];
  const bytes = unit === 'bytes' ? [formatBytes(done)] : [];
  const rate = bytesPerSecond === null || bytesPerSecond === 0 ? [] : [formatRate(bytesPerSecond)];
  const left = secondsLeft === null ? [] : [`${formatDuration(secondsLeft)} left`];
  return [plain(activity), ...share, ...bytes, ...rate, ...left].join('  ');
}
