/** Numbered variables of a base name: `AA` → `AA001`, `AA002` … up to the first that is not set (feature map §2.4, Software). */
import type { VariableScope } from '@ostler/task-sequence';

/** @param digits of the number: 3 for packages, 2 for applications */
export function numberedValues(variables: Pick<VariableScope, 'get'>, baseName: string, digits: number): string[] {
  const values: string[] = [];
  for (let number = 1; number < 10 ** digits; number += 1) {
    const value = variables.get(`${baseName}${String(number).padStart(digits, '0')}`);
    if (value === undefined) break;
    values.push(value);
  }
  return values;
}
