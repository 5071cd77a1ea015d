/**
 * Makes the types of the query language from a schema of the contract, and its values from documents of that schema. What may be null is a
 * time, and then it is 1970: everything else that a document does not know is empty or 0 by itself.
 */
import type { Environment } from '@marcbachmann/cel-js';
import { z } from 'zod';

/** How values of one schema look to a query. */
interface CelType {
  readonly name: string;
  readonly convert: (value: unknown) => unknown;
}

/**
 * A map of texts in which case does not matter, and what is not there is empty: task sequence variables. It stays a plain Map, by which the
 * language knows it.
 */
function variableMap(values: Readonly<Record<string, string>>): Map<string, string> {
  const map = new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]));
  const get = map.get.bind(map);
  return Object.assign(map, { get: (name: string) => get(name.toLowerCase()) ?? '' });
}

export interface DocumentType {
  /** What a compiled query is called with. */
  readonly toValues: (document: object) => object;
  /** Every name that can be asked for: `hardware.model`. */
  readonly paths: readonly string[];
}

/** Declares each field of the schema as a variable of the environment. */
export function declareDocument(environment: Environment, schema: z.ZodObject): DocumentType {
  const paths: string[] = [];
  const fields = fieldsOf(schema, (name, field) => celType(environment, { path: name, paths }, field));
  for (const [name, { name: type }] of fields) environment.registerVariable(name, type);
  const Document = partClass(fields);
  return { paths, toValues: (document) => new Document(document) };
}

interface Place {
  readonly path: string;
  readonly paths: string[];
}

const text: CelType = { name: 'string', convert: (value) => value };
const time: CelType = {
  name: 'google.protobuf.Timestamp',
  convert: (value) => new Date(typeof value === 'string' ? value : 0),
};

/** In this order: a time is a string to zod. */
const kinds: readonly {
  readonly is: (schema: z.ZodType) => boolean;
  readonly type: (environment: Environment, place: Place, schema: z.ZodType) => CelType;
}[] = [
  { is: (schema) => schema instanceof z.ZodNullable, type: (environment, place, schema) => nullable(environment, place, schema) },
  { is: (schema) => schema instanceof z.ZodISODateTime, type: () => time },
  {
    is: (schema) => schema instanceof z.ZodObject,
    type: (environment, place, schema) => objectType(environment, place, schema as z.ZodObject),
  },
  {
    is: (schema) => schema instanceof z.ZodArray,
    type: (environment, place, schema) => listType(environment, place, schema as z.ZodArray<z.ZodType>),
  },
  {
    is: (schema) => schema instanceof z.ZodRecord,
    type: () => ({ name: 'map<string, string>', convert: (value) => variableMap(value as Record<string, string>) }),
  },
  { is: (schema) => schema instanceof z.ZodBoolean, type: () => ({ name: 'bool', convert: (value) => value }) },
  { is: (schema) => schema instanceof z.ZodNumber, type: () => ({ name: 'int', convert: (value) => BigInt(Math.round(Number(value))) }) },
];

/** What is nothing else is a text: strings, enumerations, and what is turned into one. */
function celType(environment: Environment, place: Place, schema: z.ZodType): CelType {
  place.paths.push(place.path);
  return (kinds.find(({ is }) => is(schema))?.type ?? (() => text))(environment, place, schema);
}

function nullable(environment: Environment, { path }: Place, schema: z.ZodType): CelType {
  const inner = schema instanceof z.ZodNullable ? celType(environment, { path, paths: [] }, schema.unwrap() as z.ZodType) : text;
  if (inner !== time) throw new TypeError(`${path} may be null, which a query cannot compare`);
  return inner;
}

function listType(environment: Environment, { path, paths }: Place, schema: z.ZodArray<z.ZodType>): CelType {
  const { name, convert } = celType(environment, { path: `${path}[]`, paths }, schema.element);
  return { name: `list<${name}>`, convert: (value) => (value as readonly unknown[]).map(convert) };
}

function objectType(environment: Environment, { path, paths }: Place, schema: z.ZodObject): CelType {
  const fields = fieldsOf(schema, (name, field) => celType(environment, { path: `${path}.${name}`, paths }, field));
  // Each object has a class of its own: by that the language tells at run time what it may ask of a value.
  const Instance = partClass(fields);
  const name = `Type${path.replaceAll(/\W+/g, '_')}`;
  environment.registerType(name, { ctor: Instance, fields: Object.fromEntries(fields.map(([field, type]) => [field, type.name])) });
  return { name, convert: (value) => new Instance(value as object) };
}

type Fields = readonly (readonly [string, CelType])[];

function fieldsOf(schema: z.ZodObject, typeOf: (name: string, field: z.ZodType) => CelType): Fields {
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => [name, typeOf(name, field)] as const);
}

/** An object whose fields are converted when they are asked for, once: a query asks few of them. */
class DocumentPart {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #converted = new Map<string, unknown>();

  constructor(document: object) {
    // Safe: it is taken as what it is, an object with named values.
    this.#values = document as Readonly<Record<string, unknown>>;
  }

  static read(part: DocumentPart, name: string, convert: CelType['convert']): unknown {
    if (!part.#converted.has(name)) part.#converted.set(name, convert(part.#values[name]));
    return part.#converted.get(name);
  }
}

function partClass(fields: Fields): typeof DocumentPart {
  const Part = class extends DocumentPart {};
  for (const [name, { convert }] of fields) {
    Object.defineProperty(Part.prototype, name, {
      get(this: DocumentPart): unknown {
        return DocumentPart.read(this, name, convert);
      },
    });
  }
  return Part;
}
