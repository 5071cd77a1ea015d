/** What a naming rule makes of a computer's facts. Pure: which names are taken is name-by-rule.ts's. */
import { ComputerName, type DeviceFacts, type NamingPart } from '@ostler/contract';

/** A name with a number in it, or without: then `digits` is null. */
export interface NamePattern {
  readonly before: string;
  readonly digits: number | null;
  readonly after: string;
}

const values: Readonly<Record<Exclude<NamingPart, 'counter'>, (facts: DeviceFacts) => string>> = {
  serial: ({ serialNumber }) => serialNumber,
  asset: ({ assetTag }) => assetTag,
  mac: ({ macAddresses }) => macAddresses[0] ?? '',
  model: ({ model }) => model,
};

/** What makers write where there is nothing. */
const placeholders = /^(?:to be filled|default string|not (?:specified|applicable)|system serial|chassis|none$|n\/a$|0+$)/i;

/** Null where the computer lacks something that the rule asks for. */
export function fillRule(rule: string, facts: DeviceFacts): NamePattern | null {
  const filled = { before: '', digits: null as number | null, after: '' };
  for (const [word] of rule.matchAll(/\{[^}]*\}|[^{]+/g)) {
    const { name, length } = /^\{(?<name>\w+)(?::(?<length>\d+))?\}$/.exec(word)?.groups ?? {};
    if (name === 'counter') {
      filled.digits = Number(length ?? 1);
      continue;
    }
    const text = name === undefined ? word : valueOf(name as keyof typeof values, facts, length);
    if (text === '') return null;
    if (filled.digits === null) filled.before += text;
    else filled.after += text;
  }
  return filled;
}

/** Letters and digits of it, the last ones of an id: they are what differs. */
function valueOf(name: keyof typeof values, facts: DeviceFacts, length: string | undefined): string {
  const value = values[name](facts);
  const text = placeholders.test(value.trim()) ? '' : value.replaceAll(/[^A-Za-z0-9]/g, '');
  if (length === undefined) return text;
  return name === 'model' ? text.slice(0, Number(length)) : text.slice(-Number(length));
}

/** With this number; null where it is no computer name, or too long for one. */
export function nameOf({ before, digits, after }: NamePattern, number: number): string | null {
  const name = digits === null ? before + after : before + String(number).padStart(digits, '0') + after;
  return ComputerName.safeParse(name).data ?? null;
}
