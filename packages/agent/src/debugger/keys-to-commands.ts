/** What the keys of this computer do in the debugger: they move through its pages, and become commands. Pure. */
import type { DebugCommand, DebugNode, DebugVariable } from '@ostler/contract';
import type { Key } from '../screen/keys.ts';
import type { DebuggerPage, Hint } from './debugger-view.ts';

export interface Shown {
  readonly stop: number;
  readonly nodes: readonly DebugNode[];
  readonly variables: readonly DebugVariable[];
  /** The boot image allows a shell (commandSupport). */
  readonly hasShell: boolean;
}

/** What a key has brought about: another picture, a command, or a shell. */
export interface Reaction {
  readonly page?: Partial<DebuggerPage>;
  readonly command?: DebugCommand;
  readonly shell?: true;
}

type OnKey = (page: DebuggerPage, shown: Shown) => Reaction;
type Keys = Readonly<Record<string, OnKey>>;
interface Page {
  readonly keys: Keys;
  /** What is typed. */
  readonly typing?: (page: DebuggerPage, text: string) => Reaction;
  readonly hints: (shown: Shown) => readonly Hint[];
}

/** At a stop it opens where the run is. */
export function firstPage(nodes: readonly DebugNode[]): DebuggerPage {
  const current = nodes.findIndex(({ current }) => current);
  return { page: 'steps', step: Math.max(0, current), variable: 0, name: '', typed: '' };
}

export function onKey(page: DebuggerPage, key: Key, shown: Shown): Reaction {
  const { keys, typing } = pages[page.page];
  if (key.kind === 'text' && typing !== undefined) return typing(page, key.text);
  return keys[key.kind === 'text' ? key.text.toLowerCase() : key.kind]?.(page, shown) ?? {};
}

export function hintsOf({ page }: DebuggerPage, shown: Shown): readonly Hint[] {
  return pages[page].hints(shown);
}

/** So many rows a page key moves by: less than the smallest screen shows. */
const pageRows = 10;

const toStep =
  (by: number): OnKey =>
  ({ step }, { nodes }) => ({ page: { step: within(step + by, nodes.length) } });
const toVariable =
  (by: number): OnKey =>
  ({ variable }, { variables }) => ({ page: { variable: within(variable + by, variables.length) } });
const move =
  (command: 'step' | 'run' | 'skip'): OnKey =>
  (_page, { stop }) => ({ command: { command, at: stop } });
const shellHint: Hint = { key: 'X', label: 'shell' };

const pages: Readonly<Record<DebuggerPage['page'], Page>> = {
  steps: {
    keys: {
      up: toStep(-1),
      down: toStep(1),
      'page-up': toStep(-pageRows),
      'page-down': toStep(pageRows),
      s: move('step'),
      r: move('run'),
      k: move('skip'),
      n: (page, { stop, nodes }) => onNode(nodes, page, ({ path }) => ({ command: 'set-next', at: stop, path })),
      b: (page, { nodes }) =>
        onNode(nodes, page, ({ path, breakpoint }) => ({ command: breakpoint ? 'clear-breakpoint' : 'set-breakpoint', path })),
      c: () => ({ command: { command: 'clear-breakpoints' } }),
      v: () => ({ page: { page: 'variables' } }),
      x: (_page, { hasShell }) => (hasShell ? { shell: true } : {}),
      q: () => ({ command: { command: 'quit' } }),
    },
    hints: ({ hasShell }) => [
      { key: 'S', label: 'step' },
      { key: 'R', label: 'run' },
      { key: 'K', label: 'skip' },
      { key: 'Up/Down', label: 'choose a step' },
      { key: 'N', label: 'go on there' },
      { key: 'B', label: 'breakpoint there' },
      { key: 'C', label: 'clear all' },
      { key: 'V', label: 'variables' },
      ...(hasShell ? [shellHint] : []),
      { key: 'Q', label: 'quit' },
    ],
  },
  variables: {
    keys: {
      up: toVariable(-1),
      down: toVariable(1),
      'page-up': toVariable(-pageRows),
      'page-down': toVariable(pageRows),
      ' ': toVariable(pageRows),
      enter: ({ variable }, { variables }) => {
        const chosen = variables[variable];
        return chosen === undefined ? {} : { page: { page: 'value', name: chosen.name, typed: chosen.value ?? '' } };
      },
      a: () => ({ page: { page: 'name', typed: '' } }),
      escape: () => ({ page: { page: 'steps' } }),
    },
    hints: () => [
      { key: 'Up/Down/Page keys', label: 'scroll' },
      { key: 'Enter', label: 'change' },
      { key: 'A', label: 'add' },
      { key: 'Esc', label: 'back' },
    ],
  },
  name: {
    keys: {
      backspace: ({ typed }) => ({ page: { typed: typed.slice(0, -1) } }),
      enter: ({ typed }) => (typed.trim() === '' ? {} : { page: { page: 'value', name: typed.trim(), typed: '' } }),
      escape: () => ({ page: { page: 'variables', typed: '' } }),
    },
    typing: ({ typed }, text) => ({ page: { typed: typed + text } }),
    hints: () => [
      { key: 'Enter', label: 'go on to its value' },
      { key: 'Esc', label: 'back' },
    ],
  },
  value: {
    keys: {
      backspace: ({ typed }) => ({ page: { typed: typed.slice(0, -1) } }),
      enter: ({ name, typed }, { stop }) => ({
        page: { page: 'variables', typed: '' },
        // A variable that is secret stays so: the engine sees to it.
        command: { command: 'set-variable', at: stop, name, value: typed, secret: false },
      }),
      escape: () => ({ page: { page: 'variables', typed: '' } }),
    },
    typing: ({ typed }, text) => ({ page: { typed: typed + text } }),
    hints: () => [
      { key: 'Enter', label: 'set it; an empty value deletes it' },
      { key: 'Esc', label: 'back' },
    ],
  },
};

function onNode(nodes: readonly DebugNode[], { step }: DebuggerPage, command: (node: DebugNode) => DebugCommand): Reaction {
  const node = nodes[step];
  return node === undefined ? {} : { command: command(node) };
}

function within(row: number, count: number): number {
  return Math.max(0, Math.min(row, count - 1));
}
