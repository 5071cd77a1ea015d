/**
 * WQL as people write it in conditions: SELECT … FROM class WHERE with AND, OR, NOT, parentheses, comparisons, LIKE and IS NULL.
 * Event queries, ISA and associations are not part of it.
 */
import type { PropertyName, WqlExpression, WqlLiteral, WqlOperator, WqlQuery } from './query.ts';
import { wqlProblem, wqlTokens, type Token } from './tokens.ts';

/** Parentheses and NOT inside each other: far above any real query, far below what would exhaust the stack. */
const deepestNesting = 100;
const operators: Readonly<Record<string, WqlOperator>> = { '=': '=', '<>': '<>', '!=': '<>', '<': '<', '>': '>', '<=': '<=', '>=': '>=' };
/** What an operator becomes when its sides change places: `5 < Size` is `Size > 5`. */
const mirrored: Readonly<Record<WqlOperator, WqlOperator>> = { '=': '=', '<>': '<>', '<': '>', '>': '<', '<=': '>=', '>=': '<=' };
const reserved = new Set(['select', 'from', 'where', 'and', 'or', 'not', 'like', 'is', 'isa', 'null', 'true', 'false']);

/** @throws OstlerError WQL_INVALID, with the character */
export function parseWql(query: string): WqlQuery {
  return new WqlParser(query).query();
}

class WqlParser {
  readonly #query: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(query: string) {
    this.#query = query;
    this.#tokens = wqlTokens(query);
  }

  query(): WqlQuery {
    this.#needWord('select');
    const properties = this.#takeSign('*') ? null : this.#list();
    this.#needWord('from');
    const className = this.#name('the name of a class');
    const where = this.#takeWord('where') ? this.#or() : null;
    this.#takeSign(';');
    if (this.#token.kind !== 'end') throw this.#unexpected(where === null ? 'WHERE or the end' : 'AND, OR or the end');
    return { className, properties, where };
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', position: this.#query.length + 1 };
  }

  #list(): PropertyName[] {
    const names = [this.#name('* or the name of a property')];
    while (this.#takeSign(',')) names.push(this.#name('the name of a property'));
    return names;
  }

  #or(): WqlExpression {
    const parts = [this.#and()];
    while (this.#takeWord('or')) parts.push(this.#and());
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'or', parts };
  }

  #and(): WqlExpression {
    const parts = [this.#term()];
    while (this.#takeWord('and')) parts.push(this.#term());
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'and', parts };
  }

  #term(): WqlExpression {
    if (this.#depth >= deepestNesting) throw this.#problem(`more than ${deepestNesting} parentheses and NOT inside each other`);
    this.#depth += 1;
    const term = this.#termInside();
    this.#depth -= 1;
    return term;
  }

  #termInside(): WqlExpression {
    if (this.#takeWord('not')) return { kind: 'not', part: this.#term() };
    if (!this.#takeSign('(')) return this.#comparison();
    const inside = this.#or();
    if (!this.#takeSign(')')) throw this.#unexpected('AND, OR or )');
    return inside;
  }

  #comparison(): WqlExpression {
    if (this.#token.kind === 'text' || this.#token.kind === 'number') return this.#comparisonFromValue();
    const property = this.#name('the name of a property, NOT or (');
    if (this.#takeWord('is')) return this.#isNull(property);
    if (this.#takeWord('not')) {
      this.#needWord('like');
      return { kind: 'not', part: { kind: 'like', property, pattern: this.#text() } };
    }
    if (this.#takeWord('like')) return { kind: 'like', property, pattern: this.#text() };
    if (this.#isWord('isa')) throw this.#problem('ISA is not supported: name the class after FROM');
    return this.#compare(property, this.#operator(), this.#value());
  }

  #comparisonFromValue(): WqlExpression {
    const value = this.#value();
    const operator = mirrored[this.#operator()];
    return this.#compare(this.#name('the name of a property'), operator, value);
  }

  #compare(property: PropertyName, operator: WqlOperator, value: WqlLiteral): WqlExpression {
    if (value !== null) return { kind: 'compare', property, operator, value };
    if (operator === '=') return { kind: 'is-null', property };
    if (operator === '<>') return { kind: 'not', part: { kind: 'is-null', property } };
    throw this.#problem(`NULL cannot be compared with ${operator}`);
  }

  #isNull(property: PropertyName): WqlExpression {
    const negated = this.#takeWord('not');
    this.#needWord('null');
    const isNull: WqlExpression = { kind: 'is-null', property };
    return negated ? { kind: 'not', part: isNull } : isNull;
  }

  #operator(): WqlOperator {
    const { kind, text } = this.#token;
    const operator = kind === 'sign' ? operators[text] : undefined;
    if (operator === undefined) throw this.#unexpected('=, <>, <, >, <=, >=, LIKE or IS');
    this.#next += 1;
    return operator;
  }

  #value(): WqlLiteral {
    const { kind, text } = this.#token;
    const words: Readonly<Record<string, WqlLiteral>> = { true: true, false: false, null: null };
    const word = kind === 'word' ? words[text.toLowerCase()] : undefined;
    if (word === undefined && kind !== 'text' && kind !== 'number') {
      throw this.#unexpected('a text in quotes, a number, TRUE, FALSE or NULL');
    }
    this.#next += 1;
    if (word !== undefined) return word;
    return kind === 'number' ? numberOf(text) : text;
  }

  #text(): string {
    const { kind, text } = this.#token;
    if (kind !== 'text') throw this.#unexpected('a pattern in quotes');
    this.#next += 1;
    return text;
  }

  #name(wanted: string): PropertyName {
    const { kind, text, position } = this.#token;
    if (kind !== 'word' || reserved.has(text.toLowerCase())) throw this.#unexpected(wanted);
    this.#next += 1;
    return { name: text, position };
  }

  #isWord(word: string): boolean {
    return this.#token.kind === 'word' && this.#token.text.toLowerCase() === word;
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#next += 1;
    return true;
  }

  #needWord(word: string): void {
    if (!this.#takeWord(word)) throw this.#unexpected(word.toUpperCase());
  }

  #takeSign(sign: string): boolean {
    if (this.#token.kind !== 'sign' || this.#token.text !== sign) return false;
    this.#next += 1;
    return true;
  }

  #unexpected(wanted: string): Error {
    const { kind, text } = this.#token;
    return this.#problem(`${wanted} is expected here, not ${kind === 'end' ? 'the end' : text.slice(0, 50) || 'an empty text'}`);
  }

  #problem(problem: string): Error {
    return wqlProblem(this.#query, this.#token.position, problem);
  }
}

function numberOf(text: string): number {
  return text.startsWith('-') ? -Number(text.slice(1)) : Number(text);
}
