/** The debugger on a full screen: the steps around the current one with their marks, the variables, what is typed, the keys. Pure. */
import type { DebugLast, DebugNode, DebugVariable, DebugWait } from '@ostler/contract';
import { masked, type DebuggerPage, type DebuggerView } from '../debugger/debugger-view.ts';
import { plain, wrap } from './format.ts';
import type { Frame } from './screen-state.ts';

const reasons: Readonly<Record<DebugWait['reason'], string>> = {
  step: 'before',
  breakpoint: 'at the breakpoint',
  failed: 'at the failure of',
};
const marks: Readonly<Record<DebugLast['result'], string>> = { succeeded: '+', failed: '!', skipped: '-' };
const legend = '* breakpoint   + done   ! failed   - skipped';

type Pages = Readonly<Record<DebuggerPage['page'], (view: DebuggerView, frame: Frame) => string[]>>;

const pages: Pages = {
  steps: (view, frame) => {
    const above = [...stopLines(view, frame.width), ''];
    const rows = view.nodes.map((node, index) => stepLine(node, index === view.page.step, frame.width));
    const below = ['', legend];
    return [...above, ...around(rows, view.page.step, frame.height - above.length - below.length), ...below];
  },
  variables: ({ variables, page: { variable } }, { width, height }) => {
    const value = valueLines(variables[variable], width);
    const rows = variables.map((each, index) => variableLine(each, index === variable, width));
    const title = `Variable ${Math.min(variable + 1, variables.length)} of ${variables.length}`;
    return [title, '', ...around(rows, variable, height - value.length - 3), '', ...value];
  },
  name: ({ page: { typed } }, { width }) => ['Add a variable', '', ...wrap(`Name: ${typed}_`, width)],
  value: ({ page: { name, typed }, variables }, { width }) => {
    const secret = variables.find((each) => each.name.toLowerCase() === name.toLowerCase())?.secret === true;
    return [`The value of ${name}`.slice(0, width), '', ...wrap(`${secret ? '*'.repeat(typed.length) : typed}_`, width)];
  },
};

/** The keys are always there, at the bottom. */
export function renderDebugger(view: DebuggerView, { width, height }: Frame): string[] {
  const below = [...(view.note === '' ? [] : wrap(view.note, width).slice(0, 2)), ...hintLines(view, width)];
  const room = height - below.length - 1;
  const body = pages[view.page.page](view, { width, height: room }).slice(0, room);
  return [...body, ...Array.from({ length: height - body.length - below.length }, () => ''), ...below];
}

/** Where the run waits and how the last step ended, also for a serial line. */
export function stopLines({ sequenceName, stop, waiting, nodes, last }: DebuggerView, width: number): string[] {
  const node = nodes.find(({ current }) => current);
  const failure = waiting.reason === 'failed' ? waiting.failure : null;
  const printed = last?.output.trim().split('\n').at(-1) ?? '';
  return [
    `Debugger of ${sequenceName}: stop ${stop}, ${reasons[waiting.reason]} ${node === undefined ? 'a step' : `${node.place} ${node.name}`}`,
    ...(last === null ? [] : [`Last: ${last.stepName} ${last.result}${last.exitCode === null ? '' : `, exit code ${last.exitCode}`}`]),
    ...(printed === '' ? [] : [`  ${plain(printed)}`]),
    ...(failure === null
      ? []
      : wrap(failure.error.message, width - 2)
          .slice(0, 2)
          .map((line) => `! ${line}`)),
  ].map((line) => line.slice(0, width));
}

export function hintLines({ hints, runId }: Pick<DebuggerView, 'hints' | 'runId'>, width: number): string[] {
  if (hints.length === 0) return wrap(`It is driven from the site: ostler debug show ${runId}`, width);
  const lines: string[] = [''];
  // A key and what it does stay in one line.
  for (const hint of hints.map(({ key, label }) => `[${key}] ${label}`)) {
    const line = lines.at(-1) ?? '';
    const longer = line === '' ? hint : `${line}  ${hint}`;
    if (longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(hint);
  }
  return lines;
}

export function variableLine({ name, value, secret }: DebugVariable, isSelected: boolean, width: number): string {
  return `${isSelected ? '>' : ' '} ${name} = ${secret ? masked : plain(value ?? '')}`.slice(0, width);
}

const shownValueLines = 3;

/** The whole of a value that its line cuts off. */
function valueLines(variable: DebugVariable | undefined, width: number): string[] {
  if (variable === undefined || variableLine(variable, true, width + 1).length <= width) return [];
  return wrap(variable.value ?? '', width).slice(0, shownValueLines);
}

const indent = 2;

function stepLine({ place, name, enabled, current, breakpoint, outcome, path }: DebugNode, isSelected: boolean, width: number): string {
  const mark = outcome === null ? ' ' : marks[outcome];
  const next = current ? '  <- next' : '';
  const text = `${' '.repeat((path.length - 1) * indent)}${place}  ${name}${enabled ? '' : ' (disabled)'}`;
  return `${isSelected ? '>' : ' '} ${breakpoint ? '*' : ' '} ${mark}  ${text}`.slice(0, width - next.length) + next;
}

/** As many rows as there is room for, the chosen one in the middle where that is possible. */
function around(rows: readonly string[], chosen: number, room: number): readonly string[] {
  const first = Math.max(0, Math.min(chosen - Math.floor(room / 2), rows.length - room));
  return rows.slice(first, first + Math.max(0, room));
}
