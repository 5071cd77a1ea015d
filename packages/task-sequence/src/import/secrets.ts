/** Takes passwords out of what is imported: known ones wherever they stand, and arguments that look like one. */
import type { XmlElement } from './xml.ts';

const secretName = /pass(?:word|phrase|wd)|secret|productkey|recoverykey|startupkey|bitlockerpin/i;
/** Settings whose names only speak of passwords. */
const harmless = /randomadminpassword|createrecoverypassword/i;
const removed = '(removed)';
/** Shorter values are removed where they stand, but not looked for elsewhere: `1` or `true` would tear everything apart. */
const shortestToLookFor = 4;
const passwordArgument = /((?:^|\s)[/-]{1,2}(?:pass(?:word|phrase|wd)?|pwd)(?:[:=]|\s+))("[^"]*"|'[^']*'|[^\s"'%$][^\s]*)/gi;
const secretRule = /(<Variable\b[^>]*\bIsSecret="true"[^>]*>)[^<]*/gi;

/** Whether a variable or property of this name holds something that nobody should read. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !harmless.test(name);
}

export interface SecretFilter {
  /** The text without any secret. */
  clean(text: string): string;
  /** Every text in a JSON value. */
  cleanValue(value: unknown): unknown;
  /** The element without secrets, for keeping its text. */
  cleanElement(element: XmlElement): XmlElement;
}

/** Collects every secret of the document first: a password of one step may stand in the command line of another. */
export function createSecretFilter(sequence: XmlElement): SecretFilter {
  const values = [...new Set(secretsIn(sequence))].filter(isDistinctive).toSorted((a, b) => b.length - a.length);
  const clean = (text: string): string => {
    let cleaned = text.replaceAll(passwordArgument, `$1${removed}`).replaceAll(secretRule, `$1${removed}`);
    for (const value of values) cleaned = cleaned.replaceAll(value, removed);
    return cleaned;
  };
  const cleanValue = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value);
    if (Array.isArray(value)) return value.map(cleanValue);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, cleanValue(part)]));
  };
  const cleanElement = (element: XmlElement): XmlElement => {
    const secret = holdsSecret(element) && element.text.trim() !== '';
    const attributes = Object.entries(element.attributes).map(([key, value]) => [key, clean(value)] as const);
    return {
      ...element,
      attributes: Object.fromEntries(attributes),
      text: secret ? removed : clean(element.text),
      children: hidesValue(element) ? element.children.map(withoutValue).map(cleanElement) : element.children.map(cleanElement),
    };
  };
  return { clean, cleanValue, cleanElement };
}

/** Not a switch, and not the name of the variable that holds the secret. */
function isDistinctive(value: string): boolean {
  return value.length >= shortestToLookFor && !/^(?:true|false|%[\w-]+%)$/i.test(value);
}

function holdsSecret({ name, attributes }: XmlElement): boolean {
  return name === 'variable' && [attributes['name'], attributes['property']].some((each) => each !== undefined && isSecretName(each));
}

function* secretsIn(element: XmlElement): Generator<string> {
  if (holdsSecret(element)) yield element.text.trim();
  if (hidesValue(element))
    yield* element.children.flatMap((child) => child.children.filter(isVariableValue)).map(({ text }) => text.trim());
  for (const child of element.children) yield* secretsIn(child);
}

/** A step that sets a variable whose value is not to be shown, or whose name says it is a password. */
function hidesValue({ name, children }: XmlElement): boolean {
  if (name !== 'step') return false;
  const variables = children.filter((child) => child.name === 'defaultVarList').flatMap((list) => list.children);
  return variables.some(
    ({ attributes, text }) =>
      (attributes['name'] === 'DoNotShowVariableValue' && text.trim().toLowerCase() === 'true') ||
      (attributes['name'] === 'VariableName' && isSecretName(text)),
  );
}

function isVariableValue({ attributes }: XmlElement): boolean {
  return attributes['name'] === 'VariableValue';
}

/** The value of a hidden variable: also where it stands in the command line that sets it. */
function withoutValue(element: XmlElement): XmlElement {
  if (element.name === 'action') return { ...element, text: '' };
  return { ...element, children: element.children.map((child) => (isVariableValue(child) ? { ...child, text: removed } : child)) };
}
