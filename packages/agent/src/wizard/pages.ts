/** The table of pages, in the order that a person sees them. */
import { formatBytes, type AskedVariable } from '@ostler/contract';
import type { Key } from '../screen/keys.ts';
import type { Choice } from '../screen/screen-state.ts';
import { answerTo, formItems, formKeys, pressForm } from './form.ts';
import { formOf, isRequired, missingContent, questionsOf, type Page, type PageName, type Turn, type WizardState } from './page.ts';

const enter = (label: string): Choice => ({ key: 'Enter', label });
const networkKey: Choice = { key: 'N', label: 'network' };
const back: Choice = { key: 'Esc', label: 'back' };

function wantsNetworkPage({ hasNetworkPage }: WizardState, key: Key): boolean {
  return hasNetworkPage && key.kind === 'text' && key.text.toLowerCase() === 'n';
}

const sequences: Page = {
  view: ({ menu, selected, note, hasNetworkPage }) => ({
    view: 'page',
    title: 'Choose what to deploy',
    lines: [],
    items: menu.map(({ name, description }) => ({ label: name, detail: description, value: null })),
    selected,
    note,
    keys: [
      { key: 'Up/Down/1-9', label: 'choose' },
      enter('next'),
      ...(hasNetworkPage ? [networkKey] : []),
      { key: 'Esc', label: 'go on to the disk' },
    ],
  }),
  press: (state, key) => {
    const { menu, selected } = state;
    const moved = (to: number): Turn => ({ state: { ...state, selected: (to + menu.length) % menu.length, digits: '', note: '' } });
    if (key.kind === 'enter') return { state, effect: 'plan' };
    if (key.kind === 'escape') return { state, effect: 'leave' };
    if (key.kind === 'up') return moved(selected - 1);
    if (key.kind === 'down' || key.kind === 'tab') return moved(selected + 1);
    if (wantsNetworkPage(state, key)) return { state, effect: 'network' };
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
  view: (state) => {
    const form = formOf(state);
    return {
      view: 'page',
      title: state.plan?.name ?? '',
      lines: [`Before ${state.plan?.deviceName ?? 'this computer'} is deployed, these are asked for:`],
      items: formItems(form),
      selected: form.field,
      note: form.note,
      keys: formKeys(form, !isRequired(state)),
    };
  },
  press: (state, key) => {
    const { form, end } = pressForm(formOf(state), key);
    const { answers, field, note } = form;
    const next = { ...state, answers, field, note };
    if (end === 'done') return { state: next, effect: 'plan' };
    return { state: end === 'back' && !isRequired(state) ? { ...next, page: 'sequences' } : next };
  },
};

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
      keys: [enter(begin), ...(state.hasNetworkPage ? [networkKey] : []), ...(hasPageBefore(state) ? [back] : [])],
    };
  },
  press: (state, key) => {
    const quiet = { ...state, note: '' };
    if (key.kind === 'enter') return { state: quiet, effect: missingContent(state).length === 0 ? 'begin' : 'plan' };
    if (wantsNetworkPage(state, key)) return { state, effect: 'network' };
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
