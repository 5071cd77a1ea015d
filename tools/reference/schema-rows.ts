/**
 * A zod schema as rows for a table: one a field, nested fields by their path (`partitions[].size`).
 * Works on the JSON Schema that zod makes of it, of which it knows the parts used in this repository.
 */
import { z } from 'zod';
import { code } from './markdown.ts';

/** The keywords of JSON Schema (draft 2020-12) that zod writes for our schemas; unknown ones are ignored. */
interface Schema {
  /** Several where the value may also be null. */
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly default?: unknown;
  readonly description?: string;
}

export interface SchemaRow {
  readonly path: string;
  readonly type: string;
  /** The default as text, `required`, or empty for an optional field without a default. */
  readonly otherwise: string;
  readonly description: string;
}

/** The rows of what a caller gives, so with defaults not yet filled in. */
export function schemaRows(schema: z.ZodType): readonly SchemaRow[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  // zod types its JSON Schema wider (booleans as schemas); for our schemas the parts named in Schema are as declared there.
  return fieldsOf(json as Schema, '');
}

function fieldsOf(schema: Schema, prefix: string): readonly SchemaRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix + name;
    const otherwise =
      field.default === undefined ? (schema.required?.includes(name) ? 'required' : '') : code(JSON.stringify(field.default));
    return [{ path, type: typeOf(field), otherwise, description: field.description ?? '' }, ...nestedFieldsOf(field, path)];
  });
}

function nestedFieldsOf(field: Schema, path: string): readonly SchemaRow[] {
  const variants = field.oneOf ?? field.anyOf;
  if (variants) return uniqueByPath(variants.flatMap((variant) => nestedFieldsOf(variant, path)));
  if (field.type === 'array' && field.items) return nestedFieldsOf(field.items, `${path}[]`);
  return fieldsOf(field, `${path}.`);
}

/** Variants of a union share fields (their tag); the first one that names a field describes it. */
function uniqueByPath(rows: readonly SchemaRow[]): readonly SchemaRow[] {
  const types = Map.groupBy(rows, (row) => row.path);
  return [...types.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    return [{ ...first, type: [...new Set([first, ...others].map((row) => row.type))].join(' or ') }];
  });
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(' or ');
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants) return [...new Set(variants.map(typeOf))].join(' or ');
  if (schema.type === 'array') return `list of ${schema.items ? typeOf(schema.items) : 'anything'}`;
  return [schema.type ?? 'anything'].flat().join(' or ');
}
