/** The screen after a failure: what failed and why, what the step printed last, and what a person can do. Pure. */
import { formatDuration, plain, wrap } from './format.ts';
import type { FailedView, Frame } from './screen-state.ts';

const messageLines = 5;
const hintLines = 2;

/** The choices are always there, at the bottom; what is left between them and the reason shows the output. */
export function renderFailed(view: FailedView, frame: Frame): string[] {
  const below = choiceLines(view, frame);
  const above = reasonLines(view, frame).slice(0, frame.height - below.length);
  const room = frame.height - above.length - below.length;
  // A heading and one line are the least that says something.
  const output = room < 3 || view.output.length === 0 ? [] : ['Last lines of output:', ...lastLines(view.output, frame.width, room - 2)];
  const gap = Array.from({ length: room - output.length }, () => '');
  return [...above, ...output, ...gap, ...below];
}

function reasonLines({ sequenceName, failure }: FailedView, { width }: Frame): string[] {
  const { stepName, exitCode, error } = failure;
  return [
    `${sequenceName} has failed`,
    '',
    `Step:   ${stepName}`.slice(0, width),
    ...(exitCode === null ? [] : [`Exit:   ${exitCode}`]),
    `Code:   ${error.code}`,
    '',
    ...wrap(error.message, width).slice(0, messageLines),
    '',
    ...(error.hint === undefined ? [] : [...wrap(error.hint, width).slice(0, hintLines), '']),
  ];
}

function choiceLines({ logPath, logDelivered, note, choices, secondsLeft }: FailedView, { width }: Frame): string[] {
  const log = logDelivered
    ? 'The whole log is on the site with this run, and here'
    : 'The site does not have the whole log yet. It is here';
  const byItself = logDelivered ? 'The computer restarts' : 'The site is told again';
  return [
    ...wrap(`${log}: ${logPath}`, width),
    ...(note === '' ? [] : wrap(note, width).slice(0, 2)),
    ...(choices.length === 0 ? [] : ['', choices.map(({ key, label }) => `[${key}] ${label}`).join('   ')]),
    ...(secondsLeft === null ? [] : [`${byItself} in ${formatDuration(secondsLeft)}.`]),
  ];
}

function lastLines(output: readonly string[], width: number, count: number): string[] {
  return output.slice(-count).map((line) => `  ${plain(line)}`.slice(0, width));
}
