/** Values for a JSON schema of the OpenAPI document, drawn with fast-check: valid ones, valid ones with one thing wrong, and wild ones. */
import fc from 'fast-check';

type Kind = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';

export interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: Kind | readonly Kind[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
}

/** What the values are drawn from beside the schema. */
export interface Surroundings {
  readonly schemas: Readonly<Record<string, Schema>>;
  /** Ids of what is there. */
  readonly ids: readonly string[];
  /** Absolute paths on the server lead in here. */
  readonly folder: string;
}

/** Draws one value after another; the same seed draws the same. */
type Draw = fc.GeneratorValue;
type Builder = (schema: Schema, draw: Draw, surroundings: Surroundings, depth: number) => unknown;

/** One of a list that is not empty. */
export function oneOf<T>(options: readonly T[], from: Draw): T {
  const index = from(fc.integer, { min: 0, max: options.length - 1 });
  // Safe: the index is one of the list's.
  return options[index] as T;
}

/** Below it lists are empty and what is optional is left out. */
const deepest = 5;
const idPattern = '^[a-z][a-z0-9-]{1,63}$';

export function draw(schema: Schema, from: Draw, surroundings: Surroundings, depth = 0): unknown {
  const named = schema.$ref === undefined ? undefined : surroundings.schemas[schema.$ref.split('/').at(-1) ?? ''];
  if (named !== undefined) return draw(named, from, surroundings, depth);
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return draw(oneOf(options, from), from, surroundings, depth + 1);
  if ('const' in schema) return schema.const;
  if (schema.enum !== undefined) return oneOf(schema.enum, from);
  if (schema.type === undefined) return from(wild);
  const kind = typeof schema.type === 'string' ? schema.type : oneOf(schema.type, from);
  return builders[kind](schema, from, surroundings, depth);
}

const builders: Readonly<Record<Kind, Builder>> = {
  null: () => null,
  boolean: (_schema, from) => from(fc.boolean),
  integer: ({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }, from) =>
    from(fc.integer, { min: minimum, max: from(fc.boolean) ? maximum : Math.min(maximum, Math.max(minimum, 0) + 1000) }),
  number: ({ minimum = 0, maximum = 1e9 }, from) => from(fc.double, { min: minimum, max: Math.max(minimum, maximum), noNaN: true }),
  string: drawText,
  array: drawList,
  object: drawObject,
};

function drawText({ pattern, format, minLength = 0, maxLength = 24 }: Schema, from: Draw, { ids, folder }: Surroundings): string {
  if (pattern === idPattern && ids.length > 0 && from(fc.integer, { min: 0, max: 3 }) > 0) return oneOf(ids, from);
  if (pattern?.startsWith('^\\/') === true) return `${folder}/${from(fc.stringMatching, /^[a-z]{1,8}$/)}`;
  // Nothing listens there.
  if (format === 'uri') return 'http://127.0.0.1:9/nothing';
  if (format === 'date-time') return from(fc.date, { noInvalidDate: true }).toISOString();
  if (pattern !== undefined) return from(matching, pattern);
  return from(fc.string, { minLength, maxLength: Math.min(maxLength, Math.max(minLength, 24)), unit: 'grapheme' });
}

/** What fast-check cannot draw from (lookaheads, properties of characters) is plain letters. */
function matching(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern, 'u'));
  } catch {
    return fc.stringMatching(/^[a-z]{2,12}$/);
  }
}

function drawList({ items = {}, minItems = 0, maxItems = 3 }: Schema, from: Draw, surroundings: Surroundings, depth: number): unknown[] {
  const most = depth >= deepest ? minItems : Math.max(minItems, Math.min(maxItems, 3));
  const length = from(fc.integer, { min: minItems, max: most });
  return Array.from({ length }, () => draw(items, from, surroundings, depth + 1));
}

function drawObject(schema: Schema, from: Draw, surroundings: Surroundings, depth: number): Record<string, unknown> {
  const { properties = {}, required = [], additionalProperties, propertyNames } = schema;
  const given = Object.entries(properties).filter(
    ([name]) => required.includes(name) || (depth < deepest && from(fc.integer, { min: 0, max: 2 }) === 0),
  );
  const values: [string, unknown][] = given.map(([name, property]) => [name, draw(property, from, surroundings, depth + 1)]);
  if (typeof additionalProperties === 'object' && depth < deepest && from(fc.boolean)) {
    const name = String(draw(propertyNames ?? { type: 'string' }, from, surroundings, depth));
    values.push([name, draw(additionalProperties, from, surroundings, depth + 1)]);
  }
  return Object.fromEntries(values);
}

/** Whatever JSON can hold, and what programs trip over. */
export function wild(): fc.Arbitrary<unknown> {
  const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
  const trips = [
    null,
    [],
    {},
    '',
    '\u0000',
    'a\u0000b',
    '\uD800',
    '../../etc/passwd',
    "' or 1=1 --",
    '%00',
    -1,
    1e308,
    2 ** 53,
    nested(600),
  ];
  return fc.oneof(
    fc.constantFrom(...trips, 'x'.repeat(70_000), JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":{"a":1}}}')),
    fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
  );
}

/** The value with one thing wrong somewhere in it. */
export function damaged(value: unknown, from: Draw): unknown {
  if (typeof value !== 'object' || value === null) return from(wild);
  const entries = Object.entries(value);
  const [name, part] = entries.length === 0 ? ['', null] : oneOf(entries, from);
  const ways: (() => unknown)[] = [
    () => Object.fromEntries(entries.filter(([each]) => each !== name)),
    () => ({ ...value, [name]: from(wild) }),
    () => ({ ...value, [oneOf(['extra', '__proto__', 'constructor', ''], from)]: from(wild) }),
    () =>
      Array.isArray(value)
        ? value.map((each: unknown) => (each === part ? damaged(part, from) : each))
        : { ...value, [name]: damaged(part, from) },
  ];
  return oneOf(ways, from)();
}
