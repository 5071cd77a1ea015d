/**
 * Set Dynamic Variables: rules in their order; each that matches sets its variables, and what has no rule is always set. What a later one sets
 * wins. Before, the machine's own variables (_SMSTSMake, _SMSTSIPAddresses …) are filled again: addresses may have changed since the start.
 */
import { OstlerError, type DeviceFacts, type StepOptions } from '@ostler/contract';
import { conditionHolds, matchesPattern, noFacts, wildcards, type VariableScope } from '@ostler/task-sequence';
import { networkVariables } from '../facts/built-in-variables.ts';
import { defaultGateways, ipAddresses } from '../facts/gather-facts.ts';
import { succeeded, type StepHandler } from './step-context.ts';

type Options = StepOptions<'set-dynamic-variables'>;
type When = NonNullable<Options['rules'][number]['when']>;
interface Machine {
  readonly facts: DeviceFacts;
  readonly gateways: readonly string[];
  readonly variables: VariableScope;
}
type Matchers = { readonly [K in When['kind']]: (when: Extract<When, { kind: K }>, machine: Machine) => boolean | Promise<boolean> };

const matchers: Matchers = {
  computer: ({ assetTag, serialNumber, smbiosUuid, macAddress }, { facts, variables }) =>
    [
      { wanted: assetTag, values: [facts.assetTag] },
      { wanted: serialNumber, values: [facts.serialNumber] },
      { wanted: smbiosUuid, values: [facts.smbiosUuid ?? ''] },
      { wanted: macAddress?.replaceAll('-', ':'), values: facts.macAddresses },
    ].some(
      ({ wanted, values }) => wanted !== undefined && wanted !== '' && values.some((value) => isSame(value, variables.expand(wanted))),
    ),
  location: ({ defaultGateway }, { gateways, variables }) => gateways.some((each) => isSame(each, variables.expand(defaultGateway))),
  'make-and-model': ({ make, model }, { facts, variables }) =>
    isLike(facts.manufacturer, variables.expand(make)) && isLike(facts.model, variables.expand(model)),
  variable: ({ variable, operator, value }, { variables }) => conditionHolds({ variable, operator, value }, { variables, facts: noFacts }),
};

export const setDynamicVariables: StepHandler<'set-dynamic-variables'> = async ({ rules }, { variables, facts, log }) => {
  const gateways = await defaultGateways('/');
  for (const [name, value] of Object.entries(networkVariables(ipAddresses(), gateways))) variables.set(name, value);
  const lines: string[] = [];
  for (const [number, { when, variables: assignments }] of rules.entries()) {
    if (when !== undefined && !(await matches(when, { facts, gateways, variables }))) continue;
    log.info(
      { rule: number + 1, kind: when?.kind ?? 'always', variables: assignments.map(({ name }) => name) },
      'a rule of dynamic variables matches',
    );
    for (const { name, value, secret } of assignments) {
      if (name.startsWith('_')) throw new OstlerError('VARIABLE_READ_ONLY', { variable: name });
      const expanded = variables.expand(value);
      variables.set(name, expanded, { secret });
      lines.push(`${name} = ${secret ? '********' : expanded}`);
    }
  }
  return succeeded(lines.join('\n') || 'No rule matches.', { variables: lines.length });
};

function matches(when: When, machine: Machine): boolean | Promise<boolean> {
  // Safe: the table has, for each kind, the function that takes exactly this kind.
  const match = matchers[when.kind] as (each: When, machine: Machine) => boolean | Promise<boolean>;
  return match(when, machine);
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.trim().toLowerCase();
}

function isLike(value: string, pattern: string): boolean {
  return matchesPattern(value, wildcards(pattern));
}
