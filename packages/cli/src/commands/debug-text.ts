/** The debugger of a run in words. */
import type { DebugLast, DebugNode, DebugSession, DebugWait } from '@ostler/contract';

const marks: Readonly<Record<DebugLast['result'], string>> = { succeeded: '+', failed: '!', skipped: '-' };
const reasons: Readonly<Record<DebugWait['reason'], string>> = {
  step: 'before',
  breakpoint: 'at the breakpoint',
  failed: 'at the failure of',
};

/** Where it is, how the last step ended, and the steps with their marks. */
export function sessionText(session: DebugSession): string {
  const { last, steps, pending } = session;
  const output = last?.output.trimEnd().split('\n').slice(-3) ?? [];
  return [
    whereText(session),
    ...(last === null ? [] : [`Last: ${last.stepName} ${last.result}${last.exitCode === null ? '' : `, exit code ${last.exitCode}`}`]),
    ...output.filter((line) => line !== '').map((line) => `  ${line}`),
    ...(pending.length === 0 ? [] : [`On their way to the computer: ${pending.length} commands`]),
    '',
    ...steps.map(nodeText),
  ].join('\n');
}

export function breakpointsText({ steps }: DebugSession): string {
  const set = steps.filter(({ breakpoint }) => breakpoint);
  return set.length === 0 ? 'There are no breakpoints.' : set.map(({ place, name }) => `${place}  ${name}`).join('\n');
}

function whereText({ deviceName, taskSequenceName, runState, mode, stop, waiting, steps }: DebugSession): string {
  const subject = `${taskSequenceName} on ${deviceName}`;
  if (runState !== 'running') return `${subject}: the run has ended, it is ${runState}.`;
  const current = steps.find((node) => node.current);
  const place = current === undefined ? 'its end' : `${current.place} ${current.name}`;
  if (waiting === null) return `${subject} goes on${mode === 'off' ? ' without the debugger' : ' in the debugger'}, at ${place}.`;
  const failure = waiting.reason === 'failed' ? `\n! ${waiting.failure.error.code}: ${waiting.failure.error.message}` : '';
  return `${subject} waits (stop ${stop}) ${reasons[waiting.reason]} ${place}${failure}`;
}

function nodeText({ path, place, name, enabled, breakpoint, outcome, current }: DebugNode): string {
  const mark = outcome === null ? ' ' : marks[outcome];
  const text = `${'  '.repeat(path.length - 1)}${place}  ${name}${enabled ? '' : ' (disabled)'}`;
  return `${breakpoint ? '*' : ' '} ${mark}  ${text}${current ? '  <- next' : ''}`;
}
