/** Conditions of the other product as conditions here (feature map §2.3). What has no counterpart is said, never left out in silence. */
import { Comparison, Condition, RegistryType, VariableOperator } from '@ostler/contract';
import { languageTag } from './languages.ts';
import { childrenNamed, variableOf } from './original.ts';
import type { XmlElement } from './xml.ts';

export interface ImportedCondition {
  /** Undefined: there is none, or nothing of it could be taken over. */
  readonly condition: Condition | undefined;
  /** Each part that has no counterpart. A step with any must not run: it would run where it did not before. */
  readonly problems: readonly string[];
}

/** The condition of a step or group; its parts are joined with "all". */
export function importCondition(owner: XmlElement): ImportedCondition {
  const parts = childrenNamed(owner, 'condition').flatMap(({ children }) => children);
  const problems: string[] = [];
  const conditions = parts.flatMap((part) => convert(part, problems));
  return { condition: joined(conditions), problems };
}

function joined(conditions: readonly Condition[]): Condition | undefined {
  return conditions.length > 1 ? { all: [...conditions] } : conditions[0];
}

function convert(element: XmlElement, problems: string[]): Condition[] {
  switch (element.name) {
    case 'operator': {
      return operator(element, problems);
    }
    case 'osConditionGroup':
    case 'osExpressionGroup': {
      return operator(element, problems);
    }
    case 'expression': {
      return expression(element, problems);
    }
    default: {
      return [];
    }
  }
}

const operators: Readonly<Record<string, (parts: Condition[]) => Condition>> = {
  and: (parts) => (parts.length === 1 && parts[0] !== undefined ? parts[0] : { all: parts }),
  or: (parts) => ({ any: parts }),
  not: (parts) => ({ none: parts }),
};

function operator({ name, attributes, children }: XmlElement, problems: string[]): Condition[] {
  const type = attributes['type']?.toLowerCase() ?? (name === 'osConditionGroup' ? 'or' : 'and');
  const join = operators[type];
  if (join === undefined) {
    problems.push(`the operator ${type}`);
    return [];
  }
  const parts = children.flatMap((child) => convert(child, problems));
  // An operator without parts is as good as none there.
  return parts.length === 0 ? [] : [join(parts)];
}

type Read = (element: XmlElement) => unknown;

const expressions: Readonly<Record<string, Read>> = {
  SMS_TaskSequence_VariableConditionExpression: (element) => {
    const operatorName = variableOperator(variableOf(element, 'Operator'));
    const value = operatorName === 'exists' || operatorName === 'notExists' ? undefined : (variableOf(element, 'Value') ?? '');
    return { variable: variableOf(element, 'Variable'), operator: operatorName, value };
  },
  SMS_TaskSequence_FileConditionExpression: (element) => ({
    file: variableOf(element, 'Path'),
    version: comparison(element, 'Version', (value) => value),
    modified: comparison(element, 'DateTime', isoTime),
  }),
  SMS_TaskSequence_FolderConditionExpression: (element) => ({
    folder: variableOf(element, 'Path'),
    modified: comparison(element, 'DateTime', isoTime),
  }),
  SMS_TaskSequence_WMIConditionExpression: (element) => {
    const query = variableOf(element, 'Query') ?? '';
    const language = /\bOSLanguage\s*=\s*['"]?(\d+)/i.exec(query)?.[1];
    const known = language === undefined ? undefined : languageTag(Number(language));
    if (known !== undefined) return { operatingSystemLanguage: known };
    return { wmi: query, namespace: variableOf(element, 'Namespace') };
  },
  SMS_TaskSequence_RegistryConditionExpression: (element) => {
    const operatorName = variableOperator(variableOf(element, 'Operator'));
    const isPresence = operatorName === 'exists' || operatorName === 'notExists';
    return {
      registry: registryKey(variableOf(element, 'KeyPath')),
      valueName: variableOf(element, 'Value') || undefined,
      operator: operatorName,
      // The other product reads the type for presence only.
      type: isPresence ? registryType(variableOf(element, 'Type')) : undefined,
      data: isPresence ? undefined : variableOf(element, 'Data'),
    };
  },
  SMS_TaskSequence_SoftwareConditionExpression: (element) =>
    variableOf(element, 'Operator')?.toLowerCase() === 'anyversion'
      ? { software: variableOf(element, 'UpgradeCode'), match: 'upgrade-code' }
      : { software: variableOf(element, 'ProductCode'), match: 'product-code' },
};

const hives: Readonly<Record<string, string>> = {
  HKEY_LOCAL_MACHINE: 'HKLM',
  HKEY_CURRENT_USER: 'HKCU',
  HKEY_CLASSES_ROOT: 'HKCR',
  HKEY_USERS: 'HKU',
  HKEY_CURRENT_CONFIG: 'HKCC',
};

/** With the short name of its hive. */
function registryKey(path: string | undefined): string | undefined {
  const [hive = '', ...rest] = (path ?? '').split('\\');
  return path === undefined ? undefined : [hives[hive.toUpperCase()] ?? hive, ...rest].join('\\');
}

function registryType(text: string | undefined): string | undefined {
  return RegistryType.options.find((type) => type === text?.toUpperCase().replace(/^REG_/, ''));
}

function expression(element: XmlElement, problems: string[]): Condition[] {
  const type = element.attributes['type'] ?? '';
  const read = expressions[type];
  const parsed = read === undefined ? undefined : Condition.safeParse(read(element));
  if (parsed?.success === true) return [parsed.data];
  problems.push(describeExpression(element));
  return [];
}

/** `a WMI query (Query: SELECT …)`. */
function describeExpression(element: XmlElement): string {
  const type = (element.attributes['type'] ?? 'unknown').replace(/^SMS_TaskSequence_/, '').replace(/ConditionExpression$/, '');
  const facts = childrenNamed(element, 'variable').map(({ attributes, text }) => `${attributes['name'] ?? ''}: ${text.trim()}`);
  return `the condition ${type} (${facts.join(', ')})`;
}

const spellings: Readonly<Record<string, VariableOperator>> = {
  greaterequals: 'greaterEqual',
  lessequals: 'lessEqual',
  nonexists: 'notExists',
};

function variableOperator(text: string | undefined): VariableOperator | undefined {
  const key = (text ?? '').toLowerCase();
  return spellings[key] ?? VariableOperator.options.find((name) => name.toLowerCase() === key);
}

/** A value with its operator, undefined where nothing is compared. */
function comparison(element: XmlElement, name: string, read: (value: string) => string | undefined): unknown {
  const value = variableOf(element, name);
  if (value === undefined || value === '') return undefined;
  return { operator: Comparison.safeParse(variableOperator(variableOf(element, `${name}Operator`))).data, value: read(value) };
}

/** ISO 8601, or WMI's `20200131120000.000000+060` (the offset in minutes). */
function isoTime(text: string): string | undefined {
  const wmi = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})\.\d+(?:([+-]\d{3})|\*{4})?$/.exec(text);
  const time = wmi === null ? Date.parse(/[zZ]|[+-]\d\d:\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`) : wmiTime(wmi);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function wmiTime([, year, month, day, hour, minute, second, offset]: RegExpExecArray): number {
  const utc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return utc - Number(offset ?? 0) * 60_000;
}
