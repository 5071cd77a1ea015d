/** The table of pages, in the order that a person sees them. */
import { formatBytes, typedAnswerProblem, type AskedVariable } from '@ostler/contract';
import type { Choice, PageItem } from '../screen/screen-state.ts';
import {
  answerTo,
  isRequired,
  missingContent,
  openQuestion,
  questionsOf,
  type Page,
  type PageName,
  type Turn,
  type WizardState,
} from './page.ts';

const longestAnswer = 4000;
const enter = (label: string): Choice => ({ key: 'Enter', label });
const back: Choice = { key: 'Esc', label: 'back' };

const sequences: Page = {
  view: ({ menu, selected, note }) => ({
    view: 'page',
    title: 'Choose what to deploy',
    lines: [],
    items: menu.map(({ name, description }) => ({ label: name, detail: description, value: null })),
    selected,
    note,
    keys: [{ key: 'Up/Down or a number', label: 'choose' }, enter('next'), { key: 'Esc', label: 'go on to the disk' }],
  }),
  press: (state, key) => {
    const { menu, selected } = state;
    const moved = (to: number): Turn => ({ state: { ...state, selected: (to + menu.length) % menu.length, digits: '', note: '' } });
    if (key.kind === 'enter') return { state, effect: 'plan' };
    if (key.kind === 'escape') return { state, effect: 'leave' };
    if (key.kind === 'up') return moved(selected - 1);
    if (key.kind === 'down' || key.kind === 'tab') return moved(selected + 1);
    return { state: key.kind === 'text' ? chosenByNumber(state, key.text) : state };
  },
};

/** Two digits, where there are so many; otherwise the last one counts. */
function chosenByNumber(state: WizardState, text: string): WizardState {
  const digits = /^\d$/.test(text) ? state.digits + text : '';
  const wanted = [digits, digits.slice(-1)].map(Number).find((number) => state.menu[number - 1] !== undefined);
  return wanted === undefined ? { ...state, digits } : { ...state, digits, selected: wanted - 1, note: '' };
}

const variables: Page = {
  view: (state) => ({
    view: 'page',
    title: state.plan?.name ?? '',
    lines: [`Before ${state.plan?.deviceName ?? 'this computer'} is deployed, these are asked for:`],
    items: questionsOf(state).map((asked) => asItem(asked, answerTo(state, asked))),
    selected: state.field,
    note: state.note,
    keys: [
      { key: 'Up/Down', label: 'other fields' },
      ...(questionsOf(state)[state.field]?.choices.length ? [{ key: 'Space', label: 'change' }] : []),
      enter('next'),
      ...(isRequired(state) ? [] : [back]),
    ],
  }),
  press: (state, key) => {
    const count = questionsOf(state).length;
    const moved = (by: number): Turn => ({ state: { ...state, field: (state.field + by + count) % count, note: '' } });
    if (key.kind === 'enter') return nextField(state);
    if (key.kind === 'escape') return { state: isRequired(state) ? state : { ...state, page: 'sequences', note: '' } };
    if (key.kind === 'up') return moved(-1);
    if (key.kind === 'down' || key.kind === 'tab') return moved(1);
    return { state: typed(state, key.kind === 'text' ? key.text : key.kind) };
  },
};

function asItem({ name, prompt, secret, optional, choices }: AskedVariable, answer: string): PageItem {
  const label = prompt === '' ? name : `${prompt} (${name})`;
  const oneOf = choices.length === 0 ? [] : [`One of: ${choices.join(', ')}`];
  const detail = [...oneOf, ...(optional ? ['May stay empty'] : [])].join('. ');
  return { label, detail, value: secret ? '*'.repeat(answer.length) : answer };
}

/** Past the last field, or at one that has no answer. */
function nextField(state: WizardState): Turn {
  const asked = questionsOf(state)[state.field];
  const problem = asked === undefined ? null : typedAnswerProblem(asked, answerTo(state, asked));
  if (problem !== null) return { state: { ...state, note: `${asked?.name ?? ''} ${problem}.` } };
  if (state.field < questionsOf(state).length - 1) return { state: { ...state, field: state.field + 1, note: '' } };
  const open = openQuestion(state);
  if (open === -1) return { state: { ...state, note: '' }, effect: 'plan' };
  const missing = questionsOf(state)[open];
  return { state: { ...state, field: open, note: `${missing?.name ?? ''} needs another answer.` } };
}

function typed(state: WizardState, key: string): WizardState {
  const asked = questionsOf(state)[state.field];
  if (asked === undefined) return state;
  const before = answerTo(state, asked);
  const after = asked.choices.length > 0 ? otherChoice(asked, before, key) : otherText(before, key);
  return { ...state, answers: { ...state.answers, [asked.name.toLowerCase()]: after }, note: '' };
}

function otherText(before: string, key: string): string {
  // By characters, not by halves of them.
  if (key === 'backspace') return before.replace(/.$/su, '');
  return key === 'left' || key === 'right' ? before : (before + key).slice(0, longestAnswer);
}

/** A letter goes to the next choice that begins with it. */
function otherChoice({ choices, optional }: AskedVariable, before: string, key: string): string {
  if (key === 'backspace') return optional ? '' : before;
  const from = choices.indexOf(before);
  if (key === 'left') return choices.at(from <= 0 ? -1 : from - 1) ?? before;
  const rest = [...choices.slice(from + 1), ...choices.slice(0, from + 1)];
  if (key === ' ' || key === 'right') return rest[0] ?? before;
  return rest.find((choice) => choice.toLowerCase().startsWith(key.toLowerCase())) ?? before;
}

const summary: Page = {
  view: (state) => {
    const missing = missingContent(state);
    const begin = missing.length === 0 ? 'start' : 'check again';
    return {
      view: 'page',
      title: state.plan?.name ?? '',
      lines: summaryLines(state, missing),
      items: [],
      selected: 0,
      note: state.note,
      keys: [enter(begin), ...(hasPageBefore(state) ? [back] : [])],
    };
  },
  press: (state, key) => {
    const quiet = { ...state, note: '' };
    if (key.kind === 'enter') return { state: quiet, effect: missingContent(state).length === 0 ? 'begin' : 'plan' };
    if (key.kind !== 'escape' || !hasPageBefore(state)) return { state };
    return { state: { ...quiet, page: questionsOf(state).length > 0 ? 'variables' : 'sequences', field: 0 } };
  },
};

function hasPageBefore(state: WizardState): boolean {
  return !isRequired(state) || questionsOf(state).length > 0;
}

function summaryLines(state: WizardState, missing: readonly string[]): string[] {
  const { plan } = state;
  if (plan === null) return [];
  const sizes = plan.content.map(({ sizeBytes }) => sizeBytes).filter((size) => size !== null);
  const total = formatBytes(sizes.reduce((sum, size) => sum + size, 0));
  const answers = plan.questions.map((asked) => `  ${asked.name} = ${shownAnswer(asked, answerTo(state, asked))}`);
  return [
    ...(plan.description === '' ? [] : [plan.description, '']),
    `Computer:  ${plan.deviceName}`,
    ...(sizes.length === 0 ? [] : [`Content:   ${sizes.length} ${sizes.length === 1 ? 'item' : 'items'}, ${total}`]),
    ...(answers.length === 0 ? [] : ['', 'Variables:', ...answers]),
    '',
    ...(missing.length === 0
      ? ['Everything that it needs is at the site. Nothing on this computer has been changed yet.']
      : ['It cannot start: not everything that it needs is at the site.', ...missing.map((each) => `  ${each}`)]),
  ];
}

/** As long whatever was typed: not even the length of a secret is told. */
function shownAnswer({ secret }: AskedVariable, answer: string): string {
  if (answer === '') return '(empty)';
  return secret ? '********' : answer;
}

export const pages: Readonly<Record<PageName, Page>> = { sequences, variables, summary };
