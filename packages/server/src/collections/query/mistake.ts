/** Mistakes in queries, in words and with their place. */
import { EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js';

export interface Mistake {
  readonly problem: string;
  /** Where in the text, in UTF-16 units from 0. */
  readonly position: number;
}

type CelFailure = EvaluationError | ParseError | CelTypeError;

/** What people get wrong most, in words; the rest is the library's own sentence. */
const sentences: Readonly<Record<string, (name: string, paths: readonly string[]) => string>> = {
  unknown_variable: (name, paths) => `a device has no ${name}${suggestion(name, paths)}`,
  no_such_key: (name, paths) => `there is no ${name} here${suggestion(name, paths)}`,
  unexpected_token: (name) => (name === 'EOF' ? 'it ends too early' : `${name} is not expected here`),
};

/** @param thrown what the library threw, or a mistake that was found here */
export function describeMistake(thrown: unknown, query: string, paths: readonly string[]): Mistake {
  if (isMistake(thrown)) return thrown;
  if (!isCelFailure(thrown)) return { problem: thrown instanceof Error ? thrown.message : String(thrown), position: 0 };
  const position = thrown.range?.start ?? 0;
  const name = thrown.summary.split(': ').at(-1) ?? '';
  return { problem: sentences[thrown.code]?.(name, paths) ?? lowerFirst(thrown.summary), position: Math.min(position, query.length) };
}

/** Line and column count from 1. `excerpt` is the line that it is in. */
export function placeIn(query: string, position: number): { readonly line: number; readonly column: number; readonly excerpt: string } {
  const before = query.slice(0, position).split('\n');
  const line = before.length;
  return { line, column: (before.at(-1)?.length ?? 0) + 1, excerpt: query.split('\n')[line - 1] ?? '' };
}

function suggestion(name: string, paths: readonly string[]): string {
  const wanted = name.toLowerCase();
  const found = paths.filter((path) => path.toLowerCase().split('.').at(-1) === wanted || path.toLowerCase() === wanted);
  return found.length === 0 ? '' : `; there is ${found.slice(0, 3).join(', ')}`;
}

function isMistake(thrown: unknown): thrown is Mistake & Error {
  return thrown instanceof Error && 'problem' in thrown && 'position' in thrown;
}

function isCelFailure(thrown: unknown): thrown is CelFailure {
  return thrown instanceof ParseError || thrown instanceof CelTypeError || thrown instanceof EvaluationError;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
