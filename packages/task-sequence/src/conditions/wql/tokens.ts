/** The words and signs of a WQL query, with where they are. */
import { OstlerError } from '@ostler/contract';

export interface Token {
  readonly kind: 'word' | 'text' | 'number' | 'sign' | 'end';
  /** As it is written; of a text what is between its quotes, with `\` resolved. */
  readonly text: string;
  /** The first character of the query is 1. */
  readonly position: number;
}

const piece =
  /(?<space>\s+)|(?<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<number>-?(?:0x[0-9a-f]+|\d+(?:\.\d+)?))(?![\w.])|(?<word>[a-z_]\w*)|(?<sign><>|!=|<=|>=|[=<>(),*;])/isuy;

/** @throws OstlerError WQL_INVALID */
export function wqlTokens(query: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < query.length;) {
    piece.lastIndex = at;
    const found = piece.exec(query);
    if (found === null) throw wqlProblem(query, at + 1, problemAt(query, at));
    const token = tokenOf(found, at + 1);
    if (token !== null) tokens.push(token);
    at += found[0].length;
  }
  return [...tokens, { kind: 'end', text: '', position: query.length + 1 }];
}

/** The error for one place of a query, with the place shown. */
export function wqlProblem(query: string, position: number, problem: string): OstlerError {
  const from = Math.max(0, position - 21);
  const near = query.slice(from, position + 19).replaceAll(/\s+/g, ' ');
  return new OstlerError('WQL_INVALID', { position, problem, near: near === '' ? 'the end' : near });
}

function tokenOf({ 0: whole, groups = {} }: RegExpExecArray, position: number): Token | null {
  if (groups['space'] !== undefined) return null;
  if (groups['text'] !== undefined) return { kind: 'text', text: whole.slice(1, -1).replaceAll(/\\(.)/gsu, '$1'), position };
  if (groups['number'] !== undefined) return { kind: 'number', text: whole, position };
  return { kind: groups['word'] === undefined ? 'sign' : 'word', text: whole, position };
}

function problemAt(query: string, at: number): string {
  const character = String.fromCodePoint(query.codePointAt(at) ?? 0);
  if (character === "'" || character === '"') return `the text that begins with ${character} has no end`;
  return /\d/.test(character) ? 'this is not a number' : `${character} has no meaning here`;
}
