import { describe, expect, test } from 'vitest';
import type { DebuggerView } from '../debugger/debugger-view.ts';
import { describeChange, nothingShown } from './describe-change.ts';
import { decodeKeys } from './keys.ts';
import { render } from './render.ts';

const node = (place: string, name: string, more: Partial<DebuggerView['nodes'][number]> = {}): DebuggerView['nodes'][number] => {
  const path = place.split('.').map((each) => Number(each) - 1);
  return { path, place, name, type: 'run-command-line', enabled: true, current: false, breakpoint: false, outcome: null, ...more };
};
const view: DebuggerView = {
  view: 'debugger',
  runId: 'run-1',
  sequenceName: 'Install Debian',
  stop: 3,
  waiting: { reason: 'breakpoint' },
  nodes: [
    node('1', 'Partition the disk', { outcome: 'succeeded' }),
    node('2', 'Old way', { enabled: false, outcome: 'skipped' }),
    node('3', 'Applications', { type: 'group' }),
    node('3.1', 'Agent', { outcome: 'failed' }),
    node('3.2', 'Office', { current: true, breakpoint: true }),
  ],
  last: { path: [2, 0], stepName: 'Agent', result: 'failed', exitCode: 5, output: 'first\nno such package\n' },
  variables: [
    { name: 'OSDComputerName', value: 'PC-1', secret: false },
    { name: 'Word', value: null, secret: true },
  ],
  page: { page: 'steps', step: 4, variable: 1, name: '', typed: '' },
  hints: [
    { key: 'S', label: 'step' },
    { key: 'Q', label: 'quit' },
  ],
  note: '',
};
const shown = (content: DebuggerView, networkProblem: string | null = null) => ({ siteName: 'Lab', networkProblem, content });
const picture = (content: DebuggerView) => render(shown(content), 0).map((line) => line.trimEnd());

describe('the debugger on the screen', () => {
  test('looks like this: where it waits, how the last step ended, the steps with their marks, the keys at the bottom', () => {
    expect(picture(view).slice(2, 23)).toEqual([
      '  Debugger of Install Debian: stop 3, at the breakpoint 3.2 Office',
      '  Last: Agent failed, exit code 5',
      '    no such package',
      '',
      '      +  1  Partition the disk',
      '      -  2  Old way (disabled)',
      '         3  Applications',
      '      !    3.1  Agent',
      '  > *      3.2  Office  <- next',
      '',
      '  * breakpoint   + done   ! failed   - skipped',
      ...Array.from({ length: 9 }, () => ''),
      '  [S] step  [Q] quit',
    ]);
  });

  test('of 200 steps shows those around the chosen one, on 25 lines of 80 characters', () => {
    const nodes = Array.from({ length: 200 }, (_, index) => node(String(index + 1), `Step ${'x'.repeat(100)}`, { current: index === 120 }));
    const lines = render(shown({ ...view, nodes, page: { ...view.page, step: 120 } }, 'refused'), 0);

    expect(lines).toHaveLength(25);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.join('\n')).toMatch(/> {6}121 .*<- next\n.*122/);
    expect(lines.join('\n')).toContain('[S] step');
  });

  test('shows the variables, a secret as stars, and what is typed for one; for a secret only how much', () => {
    expect(picture({ ...view, page: { ...view.page, page: 'variables' } }).slice(2, 7)).toEqual([
      '  Variable 2 of 2',
      '',
      '    OSDComputerName = PC-1',
      '  > Word = ********',
      '',
    ]);
    const typing = { ...view.page, page: 'value', typed: 'abc' } as const;
    expect(picture({ ...view, page: { ...typing, name: 'OSDComputerName' } })[4]).toBe('  abc_');
    expect(picture({ ...view, page: { ...typing, name: 'word' } })[4]).toBe('  ***_');
  });

  test('says on a computer whose keys are not read how the site drives it', () => {
    expect(picture({ ...view, hints: [] })[22]).toBe('  It is driven from the site: ostler debug show run-1');
  });
});

describe('the debugger on a serial line', () => {
  const lines = (from: DebuggerView | null, to: DebuggerView) => {
    const before = from === null ? nothingShown : describeChange(nothingShown, shown(from), 0).shown;
    return describeChange(before, shown(to), 0).lines;
  };

  test('prints a stop once, with the keys', () => {
    expect(lines(null, view)).toEqual([
      'Debugger of Install Debian: stop 3, at the breakpoint 3.2 Office',
      'Last: Agent failed, exit code 5',
      '  no such package',
      '[S] step  [Q] quit',
      'Breakpoints: 3.2',
    ]);
    expect(lines(view, { ...view })).toEqual([]);
  });

  test('prints what was chosen, what was changed, and why something was not done; not each typed letter', () => {
    const cleared = view.nodes.map((each) => ({ ...each, breakpoint: false }));

    expect(lines(view, { ...view, page: { ...view.page, step: 0 } })).toEqual(['> 1  Partition the disk']);
    expect(lines(view, { ...view, nodes: cleared, note: 'Too late.' })).toEqual(['There are no breakpoints any more.', '! Too late.']);
    expect(lines(view, { ...view, page: { ...view.page, page: 'variables' } })).toContain('  Word = ********');
    const typing: DebuggerView = { ...view, page: { ...view.page, page: 'value', name: 'Word', typed: 'a' } };
    expect(lines(view, typing)).toEqual(['The value of Word, then Enter:']);
    expect(lines(typing, { ...typing, page: { ...typing.page, typed: 'ab' } })).toEqual([]);
  });
});

test('the page keys are known', () => {
  expect(decodeKeys('\u001B[5~\u001B[6~').map(({ kind }) => kind)).toEqual(['page-up', 'page-down']);
});
