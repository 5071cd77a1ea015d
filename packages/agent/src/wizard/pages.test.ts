import type { AskedVariable, DeploymentPlan, MenuEntry } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import { decodeKeys } from '../screen/keys.ts';
import { render } from '../screen/render.ts';
import { afterPlan, answersOf, firstState, type WizardState } from './page.ts';
import { pages } from './pages.ts';

const menu: MenuEntry[] = [
  { deploymentId: 'deployment-1', name: 'Install Debian', description: 'The office standard', purpose: 'available' },
  { deploymentId: 'deployment-2', name: 'Wipe', description: 'Nothing stays', purpose: 'available' },
];
const asked = (name: string, changes: Partial<AskedVariable> = {}): AskedVariable => {
  return { name, prompt: '', choices: [], optional: false, secret: false, ...changes };
};
const aPlan = (changes: Partial<DeploymentPlan> = {}): DeploymentPlan => ({
  deploymentId: 'deployment-1',
  name: 'Install Debian',
  description: 'The office standard',
  purpose: 'available',
  deviceName: 'lab-1',
  questions: [
    asked('OSDComputerName', { prompt: 'Name on the label', pattern: 'pc-[0-9]+' }),
    asked('AdminPassword', { secret: true }),
    asked('Site', { choices: ['Berlin', 'Bern', 'Zug'], optional: true }),
  ],
  content: [{ kind: 'operating system image', id: 'image-1', name: 'Debian', sizeBytes: 1024 ** 3, problem: null }],
  ...changes,
});
const required: MenuEntry[] = [{ ...menu[0]!, purpose: 'required' }];

/** What a terminal sends, as a person types it: Enter, Esc, Up, Down, Backspace between the words. */
const named = {
  Enter: '\r',
  Esc: '\u001B',
  Up: '\u001B[A',
  Down: '\u001B[B',
  Left: '\u001B[D',
  Backspace: '\u007F',
  PageUp: '\u001B[5~',
  Space: ' ',
} as const;

/** Types, with a site that answers every question about the deployment with the plan. */
function type(keys: readonly string[], { plan = aPlan(), entries = menu, state = firstState(entries) } = {}) {
  let now: WizardState = state;
  const effects: string[] = [];
  for (const key of keys.flatMap((each) => decodeKeys(named[each as keyof typeof named] ?? each))) {
    const turn = pages[now.page].press(now, key);
    now = turn.effect === 'plan' ? afterPlan(turn.state, plan) : turn.state;
    if (turn.effect !== undefined) effects.push(turn.effect);
  }
  return { state: now, effects, screen: screenOf(now) };
}

/** The screen without its border. */
function screenOf(state: WizardState): string[] {
  const lines = render({ siteName: 'Lab', networkProblem: null, content: pages[state.page].view(state) }, 0);
  expect(lines).toHaveLength(25);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  return lines.slice(2, -2).map((line) => line.slice(2));
}
const blank = (count: number): string[] => Array.from({ length: count }, () => '');

describe('the list of task sequences', () => {
  test('looks like this', () => {
    expect(type([]).screen).toEqual([
      'Choose what to deploy',
      '',
      '> 1  Install Debian',
      '     The office standard',
      '  2  Wipe',
      '     Nothing stays',
      ...blank(14),
      '[Up/Down/1-9] choose   [Enter] next   [Esc] go on to the disk',
    ]);
  });

  const many = Array.from({ length: 40 }, (_, index) => ({ ...menu[0]!, name: `Choice ${index + 1}` }));
  test.each<[string, string[], number]>([
    ['Enter takes the first', [], 0],
    ['arrows move, around the end too', ['Up', 'Up', 'Down'], 39],
    ['a number chooses', ['3'], 2],
    ['two digits choose', ['12'], 11],
    ['a number that is not there counts by its last digit', ['99'], 8],
  ])('%s', (_name, keys, expected) => {
    const { state, screen } = type(keys, { entries: many });

    expect(state.selected).toBe(expected);
    expect(screen.find((line) => line.startsWith('>'))).toBe(`> ${expected + 1}  Choice ${expected + 1}`);
  });

  test('that is longer than the screen says that there is more', () => {
    const { screen } = type(['20'], { entries: many });

    expect(screen.filter((line) => line.includes('more'))).toEqual(['  (more above)', '  (more below)']);
  });

  test('has the network settings behind N where they can be set, and all keys on one line', () => {
    const { effects, screen } = type(['n'], { state: firstState(menu, true) });

    expect(effects).toEqual(['network']);
    expect(screen.at(-1)).toBe('[Up/Down/1-9] choose   [Enter] next   [N] network   [Esc] go on to the disk');
    expect(type(['n']).effects).toEqual([]);
  });

  test('Esc goes on to the disk', () => {
    expect(type(['Esc']).effects).toEqual(['leave']);
  });
});

describe('the variables that are asked for', () => {
  test('look like this: a secret is not shown', () => {
    const { screen } = type(['Enter', 'pc-7', 'Enter', 'hunter2', 'Enter', 'Space', 'Space']);

    expect(screen).toEqual([
      'Install Debian',
      '',
      'Before lab-1 is deployed, these are asked for:',
      '',
      '  Name on the label (OSDComputerName): pc-7',
      '  AdminPassword: *******',
      '> Site: Bern_',
      '     One of: Berlin, Bern, Zug. May stay empty',
      ...blank(12),
      '[Up/Down] other fields   [Space] change   [Enter] next   [Esc] back',
    ]);
  });

  test('are checked field by field, with the reason', () => {
    const wrong = type(['Enter', 'laptop', 'Enter']);
    expect(wrong.state.field).toBe(0);
    expect(wrong.screen.at(-3)).toBe('OSDComputerName has to match pc-[0-9]+.');

    const skipped = type(['Enter', 'pc-7', 'Down', 'Down', 'Enter']);
    expect(skipped.state).toMatchObject({ page: 'variables', field: 1, note: 'AdminPassword needs another answer.' });
  });

  test('a letter goes to the next choice that begins with it, an arrow to the one before; what may stay empty can be emptied', () => {
    const choose = (...keys: string[]) => answersOf(type(['Enter', 'Up', ...keys]).state);

    expect(choose('b', 'b')).toEqual([{ name: 'Site', value: 'Bern' }]);
    expect(choose('z', 'Left')).toEqual([{ name: 'Site', value: 'Bern' }]);
    expect(choose('Left')).toEqual([{ name: 'Site', value: 'Zug' }]);
    expect(choose('z', 'Backspace')).toEqual([]);
  });

  test('a key without a meaning types nothing', () => {
    expect(answersOf(type(['Enter', 'pc-7', 'PageUp']).state)).toEqual([{ name: 'OSDComputerName', value: 'pc-7' }]);
  });

  test('what was typed stays when a person goes back and comes again, but not for another deployment', () => {
    const again = type(['Enter', 'pc-7x', 'Backspace', 'Esc', 'Enter']);
    expect(answersOf(again.state)).toEqual([{ name: 'OSDComputerName', value: 'pc-7' }]);

    const other = type(['Esc', 'Down', 'Enter'], { state: again.state, plan: aPlan({ questions: [asked('Colour')] }) });
    expect(answersOf(other.state)).toEqual([]);
  });

  test('a page with nothing to ask is left out', () => {
    const { state } = type(['Enter'], { plan: aPlan({ questions: [] }) });

    expect(state.page).toBe('summary');
  });

  test('of a required deployment have no page before them', () => {
    const { state, screen } = type(['Esc'], { entries: required, state: afterPlan(firstState(required), aPlan()) });

    expect(state.page).toBe('variables');
    expect(screen.at(-1)).toBe('[Up/Down] other fields   [Enter] next');
  });
});

describe('the summary', () => {
  const answered = ['Enter', 'pc-7', 'Enter', 'hunter2', 'Enter', 'Enter'];

  test('looks like this, and Enter starts', () => {
    const { screen, effects } = type([...answered, 'Enter']);

    expect(effects).toEqual(['plan', 'plan', 'begin']);
    expect(screen).toEqual([
      'Install Debian',
      '',
      'The office standard',
      '',
      'Computer:  lab-1',
      'Content:   1 item, 1 GiB',
      '',
      'Variables:',
      '  OSDComputerName = pc-7',
      '  AdminPassword = ********',
      '  Site = (empty)',
      '',
      'Everything that it needs is at the site. Nothing on this computer has been',
      'changed yet.',
      ...blank(6),
      '[Enter] start   [Esc] back',
    ]);
  });

  test('Esc goes back page by page, to the list', () => {
    expect(type([...answered, 'Esc']).state.page).toBe('variables');
    expect(type([...answered, 'Esc', 'Esc']).state.page).toBe('sequences');
    expect(type(['Enter', 'Esc'], { plan: aPlan({ questions: [] }) }).state.page).toBe('sequences');
  });

  const incomplete = aPlan({
    questions: [],
    content: [
      { kind: 'operating system image', id: 'image-1', name: 'Debian', sizeBytes: 10, problem: 'has lost its content' },
      { kind: 'package', id: 'package-9', name: 'package-9', sizeBytes: null, problem: 'is not at the site' },
    ],
  });

  test('names what is missing; then Enter does not start but checks again', () => {
    const { screen, effects, state } = type(['Enter', 'Enter'], { plan: incomplete });

    expect(screen.join('\n')).toContain(
      [
        'It cannot start: not everything that it needs is at the site.',
        '  The operating system image Debian has lost its content.',
        '  The package package-9 is not at the site.',
      ].join('\n'),
    );
    expect(screen.at(-1)).toBe('[Enter] check again   [Esc] back');
    expect(effects).toEqual(['plan', 'plan']);
    expect(type(['Enter', 'Enter'], { state, plan: aPlan({ questions: [] }) }).effects).toEqual(['plan', 'begin']);
  });

  test('has the keys on the last line, however much is missing', () => {
    const content = Array.from({ length: 60 }, (_, index) => ({ ...incomplete.content[1]!, name: `package-${index}` }));

    expect(type(['Enter'], { plan: aPlan({ questions: [], content }) }).screen.at(-1)).toBe('[Enter] check again   [Esc] back');
  });
});
