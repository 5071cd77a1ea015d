/** The fields in which two versions of a step, a group or a whole sequence differ, as people read them. */
import type { Condition, FieldChange, Node, TaskSequenceDefinition } from '@ostler/contract';
import { describeCondition } from '../conditions/describe-condition.ts';

const mask = '********';

/** Everything but the steps inside a group. */
export function fieldChanges(before: Node, after: Node): FieldChange[] {
  return changesOf(fieldsOf(before), fieldsOf(after));
}

/** Everything but the steps. */
export function sequenceChanges(before: TaskSequenceDefinition, after: TaskSequenceDefinition): FieldChange[] {
  return changesOf(sequenceFields(before), sequenceFields(after));
}

/** A secret value counts as itself but is shown as asterisks. */
interface Field {
  readonly value: string;
  readonly secret: boolean;
}

function changesOf(before: ReadonlyMap<string, Field>, after: ReadonlyMap<string, Field>): FieldChange[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((field) => before.get(field)?.value !== after.get(field)?.value)
    .map((field) => ({ field, before: shown(before.get(field)), after: shown(after.get(field)) }));
}

function shown(field: Field | undefined): string | null {
  if (field === undefined) return null;
  return field.secret ? mask : field.value;
}

function fieldsOf(node: Node): Map<string, Field> {
  const fields = new Map<string, Field>();
  const common = Object.entries(node).filter(([key]) => !['type', 'steps', 'options', 'condition'].includes(key));
  for (const [key, value] of common) add(fields, key, value, false);
  if (node.condition !== undefined) add(fields, 'condition', describe(node.condition), false);
  if (node.type === 'group') return fields;
  const isSecret = 'secret' in node.options && node.options.secret;
  for (const [key, value] of Object.entries(node.options)) add(fields, `options.${key}`, value, isSecret && key === 'value');
  return fields;
}

function sequenceFields({ steps: _steps, variables, ask, ...rest }: TaskSequenceDefinition): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const [key, value] of Object.entries(rest)) add(fields, key, value, false);
  for (const [name, value] of Object.entries(variables)) add(fields, `variables.${name}`, value, false);
  for (const [name, question] of Object.entries(ask)) add(fields, `ask.${name}`, question, false);
  return fields;
}

function describe(condition: Condition): string {
  return describeCondition(condition);
}

function add(fields: Map<string, Field>, name: string, value: unknown, secret: boolean): void {
  if (value === undefined) return;
  fields.set(name, { value: typeof value === 'string' ? value : JSON.stringify(value), secret });
}
