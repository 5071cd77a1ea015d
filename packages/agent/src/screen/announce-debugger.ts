/** The debugger on a console that only appends, such as a serial line: what is new since the picture before. Pure. */
import type { DebuggerPage, DebuggerView } from '../debugger/debugger-view.ts';
import { hintLines, stopLines, variableLine } from './render-debugger.ts';
import type { ScreenView } from './screen-state.ts';

const width = 78;

export function announceDebugger(view: DebuggerView, before: ScreenView | undefined): string[] {
  const last = before?.view === 'debugger' && before.stop === view.stop ? before : null;
  return [
    ...(last === null ? stopLines(view, width) : []),
    ...(last !== null && last.page.page === view.page.page ? [] : pages[view.page.page](view)),
    ...(last === null ? [] : choiceLines(last, view)),
    ...breakpointLines(last, view),
    ...(view.note === '' || view.note === last?.note ? [] : [`! ${view.note}`]),
  ];
}

const pages: Readonly<Record<DebuggerPage['page'], (view: DebuggerView) => string[]>> = {
  steps: (view) => hintLines(view, width),
  variables: (view) => [...view.variables.map((each) => variableLine(each, false, width)), ...hintLines(view, width)],
  name: () => ['The name of the variable, then Enter:'],
  value: ({ page: { name } }) => [`The value of ${name}, then Enter:`],
};

/** What was chosen with the arrows, which a serial line cannot mark. */
function choiceLines(last: DebuggerView, { page, nodes, variables }: DebuggerView): string[] {
  const node = page.page === 'steps' && page.step !== last.page.step ? nodes[page.step] : undefined;
  const variable = page.page === 'variables' && page.variable !== last.page.variable ? variables[page.variable] : undefined;
  return [
    ...(node === undefined ? [] : [`> ${node.place}  ${node.name}`]),
    ...(variable === undefined ? [] : [variableLine(variable, true, width)]),
  ];
}

function breakpointLines(last: DebuggerView | null, view: DebuggerView): string[] {
  const [now, then] = [placesOf(view), last === null ? '' : placesOf(last)];
  if (now === then) return [];
  return [now === '' ? 'There are no breakpoints any more.' : `Breakpoints: ${now}`];
}

function placesOf({ nodes }: DebuggerView): string {
  return nodes
    .filter(({ breakpoint }) => breakpoint)
    .map(({ place }) => place)
    .join(', ');
}
