/** Conditions on the Windows registry. */
import type { ConditionOf } from '@ostler/contract';
import { valueHolds } from '../compare.ts';
import type { RegistryKey } from '../facts.ts';
import { onlyOnTheComputer, type ConditionKind } from './kind.ts';
import { quoted } from './words.ts';

const roots = /^(?:HKEY_LOCAL_MACHINE|HKLM|HKEY_USERS|HKU|HKEY_CURRENT_USER|HKCU|HKEY_CLASSES_ROOT|HKCR|HKEY_CURRENT_CONFIG|HKCC)(?:\\|$)/i;

export const registryKind: ConditionKind<'registry'> = {
  holds: async (condition, { facts, variables }) => {
    const key = await facts.registryKey(variables.expand(condition.registry));
    return keyHolds(condition, key, variables.expand(condition.data ?? ''), variables.expand(condition.valueName ?? ''));
  },
  known: onlyOnTheComputer('the registry is'),
  describe: ({ registry, valueName, operator, data }) =>
    [
      `the registry ${valueName === undefined ? 'key' : `value ${valueName} of`} ${registry}`,
      operator,
      data === undefined ? null : quoted(data),
    ]
      .filter((each) => each !== null)
      .join(' '),
  problems: ({ registry, operator, data }) => [
    ...(roots.test(registry) || registry.startsWith('%') ? [] : [`the registry key ${registry} does not begin with a root such as HKLM`]),
    ...(data === undefined && operator !== 'exists' && operator !== 'notExists'
      ? [`the condition on the registry key ${registry} has no data to compare with`]
      : []),
  ],
};

function keyHolds(
  { valueName, operator, type }: Pick<ConditionOf<'registry'>, 'valueName' | 'operator' | 'type'>,
  key: RegistryKey | null,
  wanted: string,
  expandedName: string,
): boolean {
  const isExistence = operator === 'exists' || operator === 'notExists';
  if (isExistence && valueName === undefined) return (key !== null) === (operator === 'exists');
  const value = key?.values.get(expandedName.toLowerCase());
  // The type matters only for existence (feature map §2.3).
  const isOfType = !isExistence || type === undefined || value?.type === type;
  return valueHolds(operator, { value: value?.data, exists: value !== undefined && isOfType }, wanted);
}
