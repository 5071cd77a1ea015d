/** Task sequences, their differences and import reports as text. */
import { stepFacts, type ImportDecision, type Node, type TaskSequence, type TaskSequenceChange } from '@ostler/contract';

/** The tree of groups and steps, with what is disabled or has a condition. */
export function outlineText({ name, version, savedBy, savedAt, comment, definition }: TaskSequence): string {
  const why = comment === '' ? '' : `: ${comment}`;
  const lines = definition.steps.flatMap((node) => nodeLines(node, ''));
  return [`${name}, version ${version}, saved by ${savedBy} at ${savedAt}${why}`, ...lines].join('\n');
}

function nodeLines(node: Node, indent: string): string[] {
  const marks = [
    ...(node.enabled ? [] : ['disabled']),
    ...(node.condition === undefined ? [] : ['has a condition']),
    ...(node.continueOnError ? ['goes on after an error'] : []),
  ];
  const title = node.type === 'group' ? `${node.name}/` : `${node.name} – ${stepFacts[node.type].title}`;
  const line = `${indent}${title}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`;
  return node.type === 'group' ? [line, ...node.steps.flatMap((each) => nodeLines(each, `${indent}  `))] : [line];
}

const signs: Readonly<Record<TaskSequenceChange['kind'], string>> = { added: '+', removed: '-', moved: '>', changed: '~' };
const longestValue = 200;

/** `+ added`, `- removed`, `> moved`, `~ changed`, each with its fields. */
export function changesText(changes: readonly TaskSequenceChange[]): string {
  if (changes.length === 0) return 'They are equal.';
  return changes.flatMap(changeLines).join('\n');
}

function changeLines({ kind, where, movedFrom, fields }: TaskSequenceChange): string[] {
  const from = movedFrom === null ? '' : ` (from ${movedFrom})`;
  const line = `${signs[kind]} ${where === '' ? 'the task sequence' : where}${from}`;
  return [line, ...fields.map(({ field, before, after }) => `    ${field}: ${shown(before)} → ${shown(after)}`)];
}

function shown(value: string | null): string {
  if (value === null) return '–';
  const line = value.replaceAll(/\s*\n\s*/g, ' ⏎ ');
  return line.length > longestValue ? `${line.slice(0, longestValue)}…` : line;
}

/** What is not as it was, then how many of each. */
export function decisionsText(decisions: readonly ImportDecision[], everything: boolean): string {
  const told = everything ? decisions : decisions.filter(({ decision }) => decision !== 'kept');
  const lines = told.flatMap(({ decision, where, originalType, becomes, notes }) => [
    `${decision.padEnd(8)}  ${where === '' ? originalType : where}${becomes === originalType ? '' : ` (${originalType} → ${becomes})`}`,
    ...notes.map((note) => `            ${note}`),
  ]);
  const counts = (['kept', 'changed', 'disabled'] as const).map((kind) => {
    const count = decisions.filter(({ decision }) => decision === kind).length;
    return `${count} ${kind}`;
  });
  return [...lines, counts.join(', ')].join('\n');
}
