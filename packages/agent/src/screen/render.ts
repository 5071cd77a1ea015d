/** The full-screen display: from what is to be shown to 25 lines of at most 80 characters. Pure; terminal.ts writes them. */
import { formatBytes } from '@ostler/contract';
import { formatDuration, formatRate, plain, wrap } from './format.ts';
import type { ComputerIdentity, RunView, ScreenState, ScreenView } from './screen-state.ts';

const width = 80;
const height = 25;
const inner = width - 4;
const barWidth = 60;

type Views = { readonly [V in ScreenView['view']]: (view: Extract<ScreenView, { view: V }>, nowMs: number) => string[] };

const views: Views = {
  message: ({ title, lines }) => [title, '', ...lines.flatMap((line) => wrap(line, inner))],
  waiting: ({ computer }) => [
    'Waiting for approval',
    '',
    'An administrator of the site has to approve this computer before it is deployed.',
    'It goes on by itself as soon as that has happened.',
    '',
    ...identityLines(computer),
  ],
  password: ({ computer, typed, message }) => [
    'Password',
    '',
    'This site asks for a password before it deploys a computer.',
    '',
    `Password: ${'*'.repeat(Math.min(typed, 50))}_`,
    '',
    ...wrap(message, inner),
    '',
    ...identityLines(computer),
  ],
  menu: ({ entries, selected }) => [
    'Choose what to deploy',
    '',
    ...entries.flatMap(({ name, description }, index) => menuLines(index, name, description, index === selected)),
    '',
    'Arrow keys or a number, then Enter. Esc goes on to the disk.',
  ],
  run: renderRun,
  restarting: ({ message, seconds }) => [
    'Restarting',
    '',
    ...wrap(message, inner),
    ...(seconds > 0 ? ['', `The computer restarts in ${formatDuration(seconds)}.`] : []),
  ],
  succeeded: ({ sequenceName, computerName, elapsedSeconds }) => [
    'Done',
    '',
    ...wrap(`${sequenceName} has finished on ${computerName} after ${formatDuration(elapsedSeconds)}.`, inner),
  ],
  failed: ({ sequenceName, failure, logPath, secondsLeft }) => [
    `${sequenceName} has failed`,
    '',
    ...wrap(`Step:   ${failure.stepName}`, inner),
    ...(failure.exitCode === null ? [] : [`Exit:   ${failure.exitCode}`]),
    `Code:   ${failure.error.code}`,
    '',
    ...wrap(failure.error.message, inner).slice(0, 8),
    '',
    ...(failure.error.hint === undefined ? [] : [...wrap(failure.error.hint, inner), '']),
    ...wrap(`The whole log is on the site with this run, and here: ${logPath}`, inner),
    ...(secondsLeft === null ? [] : ['', `The computer restarts in ${formatDuration(secondsLeft)}; any key restarts it now.`]),
  ],
};

export function render({ siteName, networkProblem, content }: ScreenState, nowMs: number): string[] {
  // Safe: the table has, for each view, the function that takes exactly this view.
  const renderView = views[content.view] as (view: ScreenView, nowMs: number) => string[];
  const title = ` ${siteName === '' ? 'Ostler' : `Ostler - ${siteName}`} `;
  const body = renderView(content, nowMs).map((line) => `  ${plain(line)}`);
  const problem = networkProblem === null ? [] : wrap(`The server does not answer (${networkProblem}); trying again.`, inner).slice(0, 2);
  const room = height - 4 - problem.length;
  const middle = Array.from({ length: room }, (_, index) => body[index] ?? '');
  const lines = [
    title.padStart(Math.floor((width + title.length) / 2), '=').padEnd(width, '='),
    '',
    ...middle,
    ...problem.map((line) => `! ${line}`),
  ];
  return [...lines, '', '='.repeat(width)].map((line) => line.slice(0, width));
}

function renderRun(view: RunView, nowMs: number): string[] {
  const step = view.stepNumber === 0 ? 'Starting' : `Step ${view.stepNumber} of ${view.stepCount}: ${view.stepName}`;
  return [
    `${view.sequenceName} on ${view.computerName}`,
    '',
    bar(view.stepCount === 0 ? 0 : Math.max(0, view.stepNumber - 1 + stepShare(view)) / view.stepCount),
    ...wrap(step, inner).slice(0, 2),
    '',
    ...(view.progress === null ? ['', '', ''] : progressLines(view)),
    '',
    `Elapsed ${formatDuration((nowMs - view.startedAtMs) / 1000)}`,
    '',
    ...view.lines.map((line) => plain(line).slice(0, inner)),
  ];
}

function progressLines({ progress, bytesPerSecond, secondsLeft }: RunView): string[] {
  if (progress === null) return [];
  const { activity, done, total, unit } = progress;
  const amounts: Readonly<Record<typeof unit, string>> = {
    bytes: total === null ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(total)}`,
    files: total === null ? `${done} files` : `${done} of ${total} files`,
    steps: total === null ? '' : `${done} of ${total}`,
    percent: `${Math.round(done)} %`,
  };
  const rate = bytesPerSecond === null || bytesPerSecond === 0 ? [] : [formatRate(bytesPerSecond)];
  const left = secondsLeft === null ? [] : [`${formatDuration(secondsLeft)} left`];
  return [activity.slice(0, inner), bar(shareOf(done, total)), [amounts[unit], ...rate, ...left].filter((part) => part !== '').join('   ')];
}

function stepShare({ progress }: RunView): number {
  return progress === null ? 0 : shareOf(progress.done, progress.total);
}

function shareOf(done: number, total: number | null): number {
  return total === null || total === 0 ? 0 : Math.min(1, done / total);
}

function bar(share: number): string {
  const filled = Math.round(share * barWidth);
  return `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
}

function menuLines(index: number, name: string, description: string, isSelected: boolean): string[] {
  const line = `${isSelected ? '>' : ' '} ${index + 1}  ${name}`.slice(0, inner);
  return description === '' ? [line] : [line, `       ${description}`.slice(0, inner)];
}

function identityLines({ name, macAddress, smbiosUuid, serialNumber }: ComputerIdentity): string[] {
  return [`Computer:  ${name}`, `MAC:       ${macAddress}`, `UUID:      ${smbiosUuid}`, `Serial:    ${serialNumber}`];
}
