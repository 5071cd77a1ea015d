/** Task sequences as people write them: YAML in (JSON is YAML too) with errors that name the line, YAML out without defaults. */
import {
  isNestedTooDeeply,
  nestingLimit,
  OstlerError,
  SequenceQuestion,
  stepOptions,
  TaskSequenceDefinition,
  type Node,
} from '@ostler/contract';
import { isNode, LineCounter, parseDocument, stringify, type Document } from 'yaml';
import type { z } from 'zod';

/** Largest definition read, in characters: far above any real one. The server's limit for a body is the same. */
const longestText = 64 * 1024 * 1024;

/**
 * Reads a definition: YAML, or JSON, which is the same document. `$schema` at its top is the editor's and left out.
 * @throws OstlerError SEQUENCE_NOT_YAML with the line, or BAD_REQUEST naming line, path and problem.
 */
export function parseTaskSequence(text: string): TaskSequenceDefinition {
  if (text.length > longestText) throw notYaml(`it has more than ${longestText} characters`);
  const quick = TaskSequenceDefinition.safeParse(readJson(text));
  if (quick.success) return quick.data;
  const lines = new LineCounter();
  const document = readYaml(text, lines);
  const value: unknown = withoutSchema(document.toJS({ maxAliasCount: 0 }));
  if (isNestedTooDeeply(value)) throw notYaml(`it nests more than ${nestingLimit} levels deep`);
  const parsed = TaskSequenceDefinition.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 20).map((issue) => describeIssue(issue, document, lines));
  throw new OstlerError('BAD_REQUEST', { problem: problems.join('; ') });
}

function readYaml(text: string, lines: LineCounter): Document {
  let document: Document;
  try {
    document = parseDocument(text, { lineCounter: lines, maxAliasCount: 0 } as Parameters<typeof parseDocument>[1]);
  } catch (error) {
    // The parser calls itself for each level.
    if (error instanceof RangeError) throw notYaml(`it nests more than ${nestingLimit} levels deep`, error);
    throw error;
  }
  const [syntaxError] = document.errors;
  if (syntaxError) throw notYaml(syntaxError.message.split('\n')[0] ?? syntaxError.message);
  return document;
}

/** JSON many times faster than as YAML; null where it is not JSON or nests too deeply: then the slow way says what is wrong. */
function readJson(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    const value = withoutSchema(JSON.parse(text));
    return isNestedTooDeeply(value) ? null : value;
  } catch {
    return null;
  }
}

function withoutSchema(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== '$schema'));
}

function notYaml(problem: string, cause?: unknown): OstlerError {
  return new OstlerError('SEQUENCE_NOT_YAML', { problem }, { cause });
}

/** The definition as YAML, without what is default anyway, so that two definitions diff by what they mean. */
export function formatTaskSequence(definition: TaskSequenceDefinition): string {
  const { steps, ...rest } = definition;
  const ask = Object.fromEntries(Object.entries(rest.ask).map(([name, question]) => [name, withoutDefaults(question, questionDefaults)]));
  const pruned = { ...withoutDefaults({ ...rest, ask }, definitionDefaults), steps: steps.map(pruneNode) };
  return stringify(pruned, { lineWidth: 120 });
}

const definitionDefaults = {
  description: '',
  progressText: '',
  enabled: true,
  startsIn: 'boot-image',
  maximumRunTimeMinutes: 120,
  variables: {},
  ask: {},
};
const questionDefaults = SequenceQuestion.parse({});
const nodeDefaults = {
  description: '',
  enabled: true,
  continueOnError: false,
  successCodes: [0, 3010],
  timeoutMinutes: 0,
  retry: { count: 0, delaySeconds: 0 },
};

function pruneNode(node: Node): Record<string, unknown> {
  const pruned = withoutDefaults(node, nodeDefaults);
  if (node.type === 'group') return { ...pruned, steps: node.steps.map(pruneNode) };
  return { ...pruned, options: pruneOptions(node.options, stepOptions[node.type]) };
}

function withoutDefaults(value: object, defaults: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([key, part]) => part !== undefined && (!(key in defaults) || JSON.stringify(part) !== JSON.stringify(defaults[key])),
    ),
  );
}

/** Leaves out each option that the step's schema would fill in by itself. */
function pruneOptions(options: object, schema: z.ZodType): Record<string, unknown> {
  const whole = JSON.stringify(schema.parse(options));
  let kept: Record<string, unknown> = { ...options };
  for (const key of Object.keys(options)) {
    const { [key]: _dropped, ...rest } = kept;
    const parsed = schema.safeParse(rest);
    if (parsed.success && sameJson(parsed.data, JSON.parse(whole))) kept = rest;
  }
  return kept;
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(sortKeys(a)) === JSON.stringify(sortKeys(b));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, part]) => [key, sortKeys(part)]),
  );
}

function describeIssue(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): string {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const place = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
  return `line ${lineOf(document, lines, path)}: ${place === '' ? '' : `${place}: `}${issue.message}`;
}

/** The line of the deepest part of the path that exists: a missing key is reported at its parent. */
function lineOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
