/** Conditions on a task sequence variable. */
import { valueHolds } from '../compare.ts';
import type { ConditionKind, Known, KnownWorld } from './kind.ts';
import { quoted } from './words.ts';

export const variableKind: ConditionKind<'variable'> = {
  holds: async ({ variable, operator, value = '' }, { variables }) =>
    valueHolds(operator, { value: variables.get(variable), exists: variables.has(variable) }, variables.expand(value)),
  known: ({ variable, operator, value = '' }, world) => {
    const unknown = whyUnknown(`%${variable}% ${value}`, world);
    if (unknown !== undefined) return unknown;
    const { variables } = world;
    const actual = { value: variables.get(variable), exists: variables.has(variable) };
    const secret = actual.exists && actual.value === undefined;
    if (secret && operator !== 'exists' && operator !== 'notExists') return { verdict: 'unknown', reason: `${variable} is secret` };
    const verdict = valueHolds(operator, actual, variables.expand(value));
    const found = secret ? 'has a secret value' : actual.value === undefined ? 'has no value' : `is ${quoted(actual.value)}`;
    return { verdict, reason: `${variable} ${found}` };
  },
  describe: ({ variable, operator, value }) =>
    value === undefined ? `${variable} ${operator}` : `${variable} ${operator} ${quoted(value)}`,
  problems: ({ variable, operator, value }) =>
    value === undefined && operator !== 'exists' && operator !== 'notExists'
      ? [`the condition on ${variable} has no value to compare with`]
      : [],
};

const reference = /%(?<name>[A-Za-z_][A-Za-z0-9_-]*)%/g;

/** The first variable that a text refers to, also through the values of others, whose value is not known yet. */
function whyUnknown(text: string, world: KnownWorld, seen: readonly string[] = []): Known | undefined {
  for (const { groups } of text.matchAll(reference)) {
    const name = groups?.['name'] ?? '';
    if (seen.includes(name.toLowerCase())) continue;
    const why = world.variableUnknown(name);
    if (why !== undefined) return { verdict: 'unknown', reason: `${name} is not known yet: ${why}` };
    const inside = whyUnknown(world.variables.get(name) ?? '', world, [...seen, name.toLowerCase()]);
    if (inside !== undefined) return inside;
  }
  return undefined;
}
