/**
 * What fleets ask most, without the interpreter: a field compared with a value, a text in a list, a pattern, and these joined. Everything else is
 * the interpreter's (query-language.ts), and so is a device on which a field is not of the type that it is compared as. shortcut.test.ts holds the
 * two against each other.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import { RE2JS } from '@bufbuild/re2';
import type { QuerySubject } from './query-subject.ts';

/** Undefined: the interpreter has to say. */
export type Shortcut = (subject: QuerySubject) => boolean | undefined;

interface Condition {
  readonly holds: Shortcut;
  /** What is joined with it is asked first. */
  readonly isSlow: boolean;
}
type Read = (subject: QuerySubject) => unknown;
type Literal = string | number | boolean;

/** The place of each field in `QuerySubject.known`: what many queries ask of a device is read once. */
export type FieldPlaces = Map<string, number>;
/** Names of variables have no end. */
const placesAtMost = 1000;

/**
 * @param node of a query without mistakes
 * @param places of the fields of all queries; those of this one are added
 * @returns null: the interpreter has to say, of every device
 */
export function shortcutOf(node: ASTNode, places: FieldPlaces): Shortcut | null {
  return conditionOf(node, places)?.holds ?? null;
}

const kinds: readonly ((node: ASTNode, places: FieldPlaces) => Condition | null)[] = [joined, negated, compared, listed, asked, flag];

function conditionOf(node: ASTNode, places: FieldPlaces): Condition | null {
  for (const kind of kinds) {
    const condition = kind(node, places);
    if (condition !== null) return condition;
  }
  return null;
}

/** In any order: CEL says of both that one side may decide, whatever becomes of the other. */
function joined(node: ASTNode, places: FieldPlaces): Condition | null {
  if (node.op !== '&&' && node.op !== '||') return null;
  const [left, right] = [conditionOf(node.args[0], places), conditionOf(node.args[1], places)];
  if (left === null || right === null) return null;
  const [first, second] = left.isSlow ? [right.holds, left.holds] : [left.holds, right.holds];
  const undecided = node.op === '&&';
  return {
    isSlow: left.isSlow || right.isSlow,
    holds: (subject) => {
      const answer = first(subject);
      return answer === undecided ? second(subject) : answer;
    },
  };
}

function negated(node: ASTNode, places: FieldPlaces): Condition | null {
  const inner = node.op === '!_' ? conditionOf(node.args, places) : null;
  if (inner === null) return null;
  return {
    ...inner,
    holds: (subject) => {
      const answer = inner.holds(subject);
      return answer === undefined ? undefined : !answer;
    },
  };
}

type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';
const comparisons: Readonly<Record<Comparison, (value: Literal, other: Literal) => boolean>> = {
  '==': (value, other) => value === other,
  '!=': (value, other) => value !== other,
  '<': (value, other) => value < other,
  '<=': (value, other) => value <= other,
  '>': (value, other) => value > other,
  '>=': (value, other) => value >= other,
};

function compared(node: ASTNode, places: FieldPlaces): Condition | null {
  if (!isComparison(node)) return null;
  const [field, other] = [fieldOf(node.args[0], places), literalOf(node.args[1])];
  if (field === null || other === null) return null;
  const compare = comparisons[node.op];
  if (typeof other === 'number') return ofType('number', field, (value) => compare(asWhole(value), other));
  return typeof other === 'string'
    ? ofType('string', field, (value) => compare(value, other))
    : ofType('boolean', field, (value) => compare(value, other));
}

function listed(node: ASTNode, places: FieldPlaces): Condition | null {
  if (node.op !== 'in') return null;
  const [item, list] = node.args;
  if (list.op === 'list') {
    const [field, items] = [fieldOf(item, places), new Set(list.args.map(literalOf))];
    const areTexts = [...items].every((each) => typeof each === 'string');
    return field === null || !areTexts ? null : ofType('string', field, (value) => items.has(value));
  }
  const [text, field] = [literalOf(item), fieldOf(list, places)];
  if (typeof text !== 'string' || field === null) return null;
  return quick((subject) => {
    const value = field(subject);
    return Array.isArray(value) ? value.includes(text) : undefined;
  });
}

const methods: Readonly<Record<string, (other: string) => (value: string) => boolean>> = {
  startsWith: (other) => (value) => value.startsWith(other),
  endsWith: (other) => (value) => value.endsWith(other),
  contains: (other) => (value) => value.includes(other),
  matches: (pattern) => {
    const expression = RE2JS.compile(pattern);
    return (value) => expression.test(value);
  },
};

function asked(node: ASTNode, places: FieldPlaces): Condition | null {
  if (node.op !== 'rcall') return null;
  const [name, receiver, [argument]] = node.args;
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  const [field, other] = [fieldOf(receiver, places), argument === undefined ? null : literalOf(argument)];
  if (method === undefined || field === null || typeof other !== 'string') return null;
  return { ...ofType('string', field, method(other)), isSlow: name === 'matches' };
}

function flag(node: ASTNode, places: FieldPlaces): Condition | null {
  const field = fieldOf(node, places);
  return field === null ? null : ofType('boolean', field, (value) => value);
}

interface Types {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
}

function ofType<T extends keyof Types>(type: T, field: Read, holds: (value: Types[T]) => boolean): Condition {
  return quick((subject) => {
    const value = field(subject);
    // Safe: it is of the type that T names.
    return typeof value === type ? holds(value as Types[T]) : undefined;
  });
}

function quick(holds: Shortcut): Condition {
  return { holds, isSlow: false };
}

/** Numbers of a device are whole to a query (cel-types.ts). */
function asWhole(value: number): number {
  return Math.round(value);
}

function isComparison(node: ASTNode): node is Extract<ASTNode, { readonly op: Comparison }> {
  return Object.hasOwn(comparisons, node.op);
}

/** Null: it is something else than a field of the device. */
function fieldOf(node: ASTNode, places: FieldPlaces): Read | null {
  const names = namesOf(node);
  if (names === null) return null;
  const path = names.join('.');
  const place = places.get(path) ?? places.size;
  const read = readerOf(names);
  if (place >= placesAtMost) return read;
  places.set(path, place);
  return (subject) => (subject.known[place] ??= read(subject));
}

/** Of `hardware.model`, `variables.Site`, `variables["Site"]`. */
function namesOf(node: ASTNode): readonly string[] | null {
  if (node.op === 'id') return [node.args];
  if (node.op === '.') {
    const [of, name] = node.args;
    const names = namesOf(of);
    return names === null ? null : [...names, name];
  }
  if (node.op !== '[]') return null;
  const [of, key] = node.args;
  const name = literalOf(key);
  return of.op === 'id' && of.args === 'variables' && typeof name === 'string' ? [of.args, name] : null;
}

function readerOf(names: readonly string[]): Read {
  const [first, second = ''] = names;
  if (first !== 'variables') return ({ device }) => names.reduce<unknown>(member, device);
  // Safe: the interpreter takes them as a map, in whose names case does not matter (cel-types.ts).
  return ({ values }) => (values['variables'] as ReadonlyMap<string, string>).get(second);
}

function member(of: unknown, name: string): unknown {
  // Safe: nothing is assumed of what it holds.
  return typeof of === 'object' && of !== null ? (of as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** Null: it is something else than a value, or a number that is not exact here. */
function literalOf(node: ASTNode): Literal | null {
  if (node.op !== 'value') return null;
  const { args: value } = node;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : null;
}
