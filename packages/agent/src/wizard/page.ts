/**
 * What the wizard is made of. A page is pure: it shows a state, and makes the next one of a key. What has to be asked of the site is an
 * effect; run-wizard.ts does it.
 */
import type { AskedVariable, DeploymentPlan, MenuEntry } from '@ostler/contract';
import type { Key } from '../screen/keys.ts';
import type { PageView } from '../screen/screen-state.ts';
import { answerTo, openQuestion, type Form } from './form.ts';

export type PageName = 'sequences' | 'variables' | 'summary';

export interface WizardState {
  readonly page: PageName;
  readonly menu: readonly MenuEntry[];
  /** In the menu. */
  readonly selected: number;
  /** Typed so far, to choose by number. */
  readonly digits: string;
  /** Of the chosen deployment, as the site said last. */
  readonly plan: DeploymentPlan | null;
  /** What was typed, by the variable's name in lower case: it outlasts going back and forth. */
  readonly answers: Readonly<Record<string, string>>;
  /** The question that is typed into. */
  readonly field: number;
  /** What stands in the way, or what is waited for. */
  readonly note: string;
  /** Somebody has pressed a key: from then on nothing begins by itself. */
  readonly attended: boolean;
  /** The network can be set on this computer. */
  readonly hasNetworkPage: boolean;
}

/** plan: ask the site about the chosen deployment; begin: start it; network: set it; leave: go on to the disk. */
export type Effect = 'plan' | 'begin' | 'network' | 'leave';

export interface Turn {
  readonly state: WizardState;
  readonly effect?: Effect;
}

export interface Page {
  readonly view: (state: WizardState) => PageView;
  readonly press: (state: WizardState, key: Key) => Turn;
}

export function firstState(menu: readonly MenuEntry[], hasNetworkPage = false): WizardState {
  return { hasNetworkPage, page: 'sequences', menu, selected: 0, digits: '', plan: null, answers: {}, field: 0, note: '', attended: false };
}

/** A required deployment that waits for something: there is nothing to choose. */
export function isRequired({ menu }: WizardState): boolean {
  return menu[0]?.purpose === 'required';
}

export function questionsOf({ plan }: WizardState): readonly AskedVariable[] {
  return plan?.questions ?? [];
}

export function formOf(state: WizardState): Form {
  const { answers, field, note } = state;
  return { questions: questionsOf(state), answers, field, note };
}

/** Of the questions of the plan only: an answer to another deployment stays behind. */
export function answersOf(state: WizardState): { readonly name: string; readonly value: string }[] {
  return questionsOf(state)
    .map((asked) => ({ name: asked.name, value: answerTo(state, asked) }))
    .filter(({ value }) => value !== '');
}

export function missingContent({ plan }: WizardState): string[] {
  return (plan?.content ?? []).flatMap(({ kind, name, problem }) => (problem === null ? [] : [`The ${kind} ${name} ${problem}.`]));
}

/** Where a plan leads: from the list to the questions, from the questions on when all are answered. */
export function afterPlan(state: WizardState, plan: DeploymentPlan): WizardState {
  const planned = { ...state, plan, note: '' };
  const open = openQuestion(formOf(planned));
  const asks = plan.questions.length > 0 && (state.page === 'sequences' || open !== -1);
  return asks ? { ...planned, page: 'variables', field: Math.max(0, open) } : { ...planned, page: 'summary' };
}
