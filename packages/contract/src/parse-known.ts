/**
 * Reads what may come from a later version of Ostler: a site is updated while computers are in the middle of a run, with an agent of before.
 * What this version does not know is left out, however deep it stands; what it does know is checked as strictly as everywhere.
 */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;
/** Where a field stands, its own name last. */
type Place = readonly PropertyKey[];

/**
 * For answers and for files of other versions, never for requests: what somebody asks for is done or refused as a whole.
 * @throws ZodError where something that the schema needs is missing or wrong
 */
export function parseKnown<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const unknown = unknownFields(parsed.error.issues);
  if (unknown === null) throw parsed.error;
  return schema.parse(without(value, unknown));
}

/** The fields that the schema does not know; null: that is not all that is wrong. */
function unknownFields(issues: readonly Issue[]): Place[] | null {
  const found = issues.map(fieldsOf);
  return found.every((places) => places !== null) ? found.flat() : null;
}

function fieldsOf(issue: Issue): Place[] | null {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...issue.path, key]);
  if (issue.code !== 'invalid_union') return null;
  const options: readonly (readonly Issue[])[] = issue.errors;
  // Of the options that it is but for unknown fields, the one that knows the most of it.
  const fitting = options.map(unknownFields).filter((places) => places !== null);
  const [best] = fitting.toSorted((one, other) => one.length - other.length);
  return best?.map((place) => [...issue.path, ...place]) ?? null;
}

function without(value: unknown, places: readonly Place[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const place of places) {
    const [path, name] = [place.slice(0, -1), place.at(-1) ?? ''];
    // Safe: the schema has found objects all the way.
    const owner = path.reduce<object>((part, key) => Reflect.get(part, key) as object, copy as object);
    Reflect.deleteProperty(owner, name);
  }
  return copy;
}
