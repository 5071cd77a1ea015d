/** Fields that a person fills in, one below the other. Pure: keys in, the next form out. */
import { typedAnswerProblem, type AskedVariable } from '@ostler/contract';
import type { Key } from '../screen/keys.ts';
import type { Choice, PageItem } from '../screen/screen-state.ts';

export interface Form {
  readonly questions: readonly AskedVariable[];
  /** What was typed, by the question's name in lower case. */
  readonly answers: Readonly<Record<string, string>>;
  /** The question that is typed into. */
  readonly field: number;
  /** What stands in the way. */
  readonly note: string;
}

/** done: Enter at the last field, with an answer to every question. */
export interface FormTurn {
  readonly form: Form;
  readonly end: 'done' | 'back' | null;
}

const longestAnswer = 4000;
/** A longer prompt stands below its field, so that there is room to type. */
const longestLabel = 40;

/** Keys that change an answer, besides text. */
const editing = new Set<Key['kind']>(['backspace', 'left', 'right']);

export function answerTo({ answers }: Pick<Form, 'answers'>, { name }: Pick<AskedVariable, 'name'>): string {
  return answers[name.toLowerCase()] ?? '';
}

/** The first question whose answer is none; -1: all are answered. */
export function openQuestion(form: Pick<Form, 'questions' | 'answers'>): number {
  return form.questions.findIndex((asked) => typedAnswerProblem(asked, answerTo(form, asked)) !== null);
}

export function formItems(form: Form): PageItem[] {
  return form.questions.map((asked) => asItem(asked, answerTo(form, asked)));
}

export function formKeys({ questions, field }: Form, hasPageBefore: boolean): Choice[] {
  return [
    { key: 'Up/Down', label: 'other fields' },
    ...(questions[field]?.choices.length ? [{ key: 'Space', label: 'change' }] : []),
    { key: 'Enter', label: 'next' },
    ...(hasPageBefore ? [{ key: 'Esc', label: 'back' }] : []),
  ];
}

export function pressForm(form: Form, key: Key): FormTurn {
  const count = form.questions.length;
  const moved = (by: number): FormTurn => ({ form: { ...form, field: (form.field + by + count) % count, note: '' }, end: null });
  if (key.kind === 'enter') return nextField(form);
  if (key.kind === 'escape') return { form: { ...form, note: '' }, end: 'back' };
  if (key.kind === 'up') return moved(-1);
  if (key.kind === 'down' || key.kind === 'tab') return moved(1);
  if (key.kind === 'text') return { form: typed(form, key.text), end: null };
  return { form: editing.has(key.kind) ? typed(form, key.kind) : form, end: null };
}

function asItem({ name, prompt, secret, optional, choices }: AskedVariable, answer: string): PageItem {
  const isShort = prompt.length + name.length <= longestLabel;
  const label = prompt === '' || !isShort ? name : `${prompt} (${name})`;
  const explained = isShort ? [] : [prompt.replace(/\.$/, '')];
  const oneOf = choices.length === 0 ? [] : [`One of: ${choices.join(', ')}`];
  const detail = [...explained, ...oneOf, ...(optional ? ['May stay empty'] : [])].join('. ');
  return { label, detail, value: secret ? '*'.repeat(answer.length) : answer };
}

/** Past the last field, or at one that has no answer. */
function nextField(form: Form): FormTurn {
  const { questions, field } = form;
  const asked = questions[field];
  const problem = asked === undefined ? null : typedAnswerProblem(asked, answerTo(form, asked));
  if (problem !== null) return { form: { ...form, note: `${asked?.name ?? ''} ${problem}.` }, end: null };
  if (field < questions.length - 1) return { form: { ...form, field: field + 1, note: '' }, end: null };
  const open = openQuestion(form);
  if (open === -1) return { form: { ...form, note: '' }, end: 'done' };
  return { form: { ...form, field: open, note: `${questions[open]?.name ?? ''} needs another answer.` }, end: null };
}

function typed(form: Form, key: string): Form {
  const asked = form.questions[form.field];
  if (asked === undefined) return form;
  const before = answerTo(form, asked);
  const after = asked.choices.length > 0 ? otherChoice(asked, before, key) : otherText(before, key);
  return { ...form, answers: { ...form.answers, [asked.name.toLowerCase()]: after }, note: '' };
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
