/** Conditions in words, for the reason of a skip and for messages. Pure. */
import type { Comparison, Condition, SingleCondition } from '@ostler/contract';

/** The condition in words: `_SMSTSBootUEFI equals "true"`, `the file /etc/fstab exists`. */
export function describeCondition(condition: Condition): string {
  if ('all' in condition) return `all of (${condition.all.map(describeCondition).join('; ')})`;
  if ('any' in condition) return `any of (${condition.any.map(describeCondition).join('; ')})`;
  if ('none' in condition) return `none of (${condition.none.map(describeCondition).join('; ')})`;
  return describeSingle(condition);
}

function describeSingle(condition: SingleCondition): string {
  if ('file' in condition) {
    return joined(`the file ${condition.file} exists`, [
      compared('its version', condition.version),
      compared('its time', condition.modified),
    ]);
  }
  if ('folder' in condition) return joined(`the folder ${condition.folder} exists`, [compared('its time', condition.modified)]);
  const { variable, operator, value } = condition;
  return value === undefined ? `${variable} ${operator}` : `${variable} ${operator} "${value}"`;
}

function compared(what: string, comparison: { readonly operator: Comparison; readonly value: string } | undefined): string | null {
  return comparison === undefined ? null : `${what} ${comparison.operator} ${comparison.value}`;
}

function joined(first: string, others: readonly (string | null)[]): string {
  return [first, ...others.filter((each) => each !== null)].join(' and ');
}
