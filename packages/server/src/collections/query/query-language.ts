/**
 * The language of collections' queries: CEL over a device. An expression is checked before it is saved, every mistake with its place; one that
 * was accepted ends in bounded time (docs/decisions/0007-queries-are-cel.md).
 */
import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { RE2JS } from '@bufbuild/re2';
import { OstlerError, QueriedDevice } from '@ostler/contract';
import { declareDocument } from './cel-types.ts';
import { describeMistake, placeIn, type Mistake } from './mistake.ts';
import type { QuerySubject } from './query-subject.ts';
import { shortcutOf, type FieldPlaces } from './shortcut.ts';

/** `problem` where there is no answer: a list has no such element, a text is no number. */
export type QueryAnswer = { readonly holds: boolean } | { readonly problem: string };
export type CompiledQuery = (subject: QuerySubject) => QueryAnswer;

export interface QueryLanguage {
  /** @throws OstlerError QUERY_INVALID */
  compile(query: string): CompiledQuery;
  /** @param now what `now` is in queries */
  subject(device: QueriedDevice, now: Date): QuerySubject;
}

/** What keeps an expression small; with at most two loops inside each other its time is bounded by the square of the longest list. */
const limits = { maxAstNodes: 2000, maxDepth: 50, maxListElements: 1000, maxMapEntries: 100, maxCallArguments: 8 };
const maxNestedLoops = 2;
const loops: readonly string[] = ['all', 'exists', 'exists_one', 'map', 'filter'];
const yes: QueryAnswer = { holds: true };
const no: QueryAnswer = { holds: false };

/** Compiled queries are kept for as long as they are asked for: a site has hundreds. */
const keptQueries = 5000;

export function createQueryLanguage(): QueryLanguage {
  const environment = new Environment({ limits });
  const { toValues, paths } = declareDocument(environment, QueriedDevice);
  environment.registerVariable('now', 'google.protobuf.Timestamp');
  declareMatches(environment);
  const language = { environment, paths, places: new Map<string, number>() };
  const compiled = new Map<string, CompiledQuery>();
  return {
    compile: (query) => {
      const known = compiled.get(query);
      if (known !== undefined) return known;
      const made = compileQuery(language, query);
      if (compiled.size >= keptQueries) compiled.clear();
      compiled.set(query, made);
      return made;
    },
    subject: (device, now) => ({ device, values: Object.assign(toValues(device), { now }), known: [] }),
  };
}

interface Language {
  readonly environment: Environment;
  readonly paths: readonly string[];
  readonly places: FieldPlaces;
}

function compileQuery({ environment, paths, places }: Language, query: string): CompiledQuery {
  const evaluate = orMistake(query, paths, () => {
    const parsed = environment.parse(query);
    const { valid, type, error } = parsed.check();
    if (!valid) throw error ?? new Error('it cannot be checked');
    refuseUnfit(parsed.ast, 0);
    if (type !== 'bool') throw mistakeAt(parsed.ast, `it answers ${type ?? 'something else'}, not true or false`);
    return parsed;
  });
  const shortcut = shortcutOf(evaluate.ast, places);
  return (subject) => {
    const answer = shortcut?.(subject);
    if (answer !== undefined) return answer ? yes : no;
    try {
      return evaluate(subject.values) === true ? yes : no;
    } catch (error) {
      return { problem: describeMistake(error, query, paths).problem };
    }
  };
}

function orMistake<T>(query: string, paths: readonly string[], work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { problem, position } = describeMistake(error, query, paths);
    throw new OstlerError('QUERY_INVALID', { problem, ...placeIn(query, position) }, { cause: error });
  }
}

/** `matches` with RE2, whose time grows with the text alone, in place of the library's own, which a pattern can make run for years. */
function declareMatches(environment: Environment): void {
  // The library looks for a macro by the name of the function alone: this type only makes the declaration another one than the built-in.
  environment.registerType('Pattern', { fields: { text: 'string' } });
  environment.registerFunction('Pattern.matches(ast): bool', ({ args, receiver }: { args: ASTNode[]; receiver: ASTNode }) => {
    const [pattern] = args;
    if (pattern?.op !== 'value' || typeof pattern.args !== 'string') throw mistakeAt(pattern ?? receiver, 'a pattern is a text in quotes');
    const expression = compilePattern(pattern, pattern.args);
    return {
      async: false,
      typeCheck: (checker: Checker, _macro: unknown, context: unknown) => {
        const type = String(checker.check(receiver, context));
        if (type !== 'string' && type !== 'dyn') throw mistakeAt(receiver, `matches asks a text, and this is ${type}`);
        return checker.getType('bool');
      },
      evaluate: (evaluator: Evaluator, _macro: unknown, context: unknown) => expression.test(String(evaluator.run(receiver, context))),
    };
  });
}

/** What the library gives macros (its README, "Macro function"). */
interface Checker {
  check(node: ASTNode, context: unknown): unknown;
  getType(name: string): unknown;
}
interface Evaluator {
  run(node: ASTNode, context: unknown): unknown;
}

function compilePattern(node: ASTNode, pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw mistakeAt(node, error instanceof Error ? error.message : 'it is not a regular expression');
  }
}

function refuseUnfit(node: ASTNode, loopsAround: number): void {
  const isLoop = node.op === 'rcall' && loops.includes(node.args[0]) && node.args[2].length > 1;
  const depth = loopsAround + (isLoop ? 1 : 0);
  if (depth > maxNestedLoops) throw mistakeAt(node, `at most ${maxNestedLoops} loops (${loops.join(', ')}) may be inside each other`);
  if (node.op === 'call' && node.args[0] === 'has') throw mistakeAt(node, 'nothing is absent: what is not known is empty, 0 or in 1970');
  for (const child of childrenOf(node.args)) {
    if (child.op === 'id' && child.args === 'variables' && node.op !== '.' && node.op !== '[]') {
      throw mistakeAt(child, 'a variable is asked for by its name, as in variables.Site; one that is not set is empty');
    }
    refuseUnfit(child, depth);
  }
}

function childrenOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return typeof args === 'object' && args !== null && 'op' in args && 'args' in args ? [args as ASTNode] : [];
}

function mistakeAt({ start }: { readonly start: number }, problem: string): Mistake & Error {
  return Object.assign(new Error(problem), { problem, position: start });
}
