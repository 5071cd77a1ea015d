/** What of a request and of an object may stand in the audit log. */
import { isDeepStrictEqual } from 'node:util';
import type { AuditEntry } from '@ostler/contract';

type Json = Readonly<Record<string, unknown>>;

const secretNames = /password|token|secret|^key$|^current$|^next$|passphrase|proof|claim|^code$/i;
const hidden = '(hidden)';
/** What follows the path of a URL is often a key. */
const query = /^(https?:\/\/[^?#]*)\?.*$/is;
/** A task sequence's definition is in its versions; here it would be too long. */
const longestValue = 2000;

/** Params, query and body as one object. A value is hidden unless it says itself that it is none. */
export function requestSummary(parts: { readonly params?: unknown; readonly query?: unknown; readonly body?: unknown }): Json {
  const all = { ...asJson(parts.params), ...asJson(parts.query), ...asJson(parts.body) };
  return withoutSecrets(all);
}

/** The properties that differ, before and after; `after` is null where the object is gone. */
export function changesBetween(before: unknown, after: unknown): AuditEntry['changes'] {
  const [was, is] = [withoutSecrets(asJson(before)), withoutSecrets(asJson(after))];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const changed = names.filter((name) => !isDeepStrictEqual(was[name], is[name]));
  return Object.fromEntries(changed.map((name) => [name, { before: was[name] ?? null, after: is[name] ?? null }]));
}

function withoutSecrets(json: Json): Json {
  const clean = clear(json) as Json;
  return Object.fromEntries(
    Object.entries(clean).map(([name, value]) => {
      const length = JSON.stringify(value)?.length ?? 0;
      return [name, length > longestValue ? `(${length} characters)` : value];
    }),
  );
}

function clear(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clear);
  if (typeof value === 'string') return value.replace(query, `$1?${hidden}`);
  if (typeof value !== 'object' || value === null) return value;
  const json = value as Json;
  const entries = Object.entries(json).map(([name, each]) => [name, isSecret(name, each, json) ? hidden : clear(each)] as const);
  return Object.fromEntries(entries);
}

function isSecret(name: string, value: unknown, owner: Json): boolean {
  if (typeof value === 'boolean' || value === null) return false;
  if (name === 'value') return owner['secret'] !== false;
  return secretNames.test(name);
}

function asJson(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
