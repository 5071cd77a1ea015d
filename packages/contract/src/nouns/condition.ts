/**
 * Conditions of groups and steps (feature map §2.3) as data: one key names the kind, and If All, If Any, If None nest.
 * They are evaluated by packages/task-sequence, with what the agent knows of the computer.
 */
import { z } from 'zod';
import { Timestamp, VariableName } from './common.ts';

export const VariableOperator = z.enum([
  'exists',
  'notExists',
  'equals',
  'notEquals',
  'less',
  'lessEqual',
  'greater',
  'greaterEqual',
  'like',
  'notLike',
]);
export type VariableOperator = z.output<typeof VariableOperator>;
/** Operators between a value that is there and the wanted one. */
export const Comparison = VariableOperator.extract(['equals', 'notEquals', 'less', 'lessEqual', 'greater', 'greaterEqual']);
export type Comparison = z.output<typeof Comparison>;

/** One line of text; `%variable%` in it is expanded when the condition is evaluated. */
const line = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^[^\p{Cc}]+$/u, 'has control characters');
const VersionComparison = z.strictObject({ operator: Comparison, value: line(100) });
const TimeComparison = z.strictObject({ operator: Comparison, value: Timestamp.describe('In UTC.') });

export const Platform = z
  .strictObject({
    family: z.enum(['linux', 'windows']).optional(),
    id: line(100).describe('`ID` of os-release or one of `ID_LIKE`; `windows` for every Windows.').optional(),
    version: VersionComparison.describe('`VERSION_ID` of os-release; for Windows such as `10.0.22631`.').optional(),
    architecture: z.enum(['amd64', 'arm64', 'arm', 'x86', 'riscv64']).optional(),
  })
  .refine((platform) => Object.keys(platform).length > 0, 'says nothing: give family, id, version or architecture');
export type Platform = z.output<typeof Platform>;

export const RegistryType = z.enum(['NONE', 'SZ', 'EXPAND_SZ', 'BINARY', 'DWORD', 'MULTI_SZ', 'QWORD']);
export type RegistryType = z.output<typeof RegistryType>;

/** The schema of each kind; the key that names the kind is the first of its fields. */
export const conditionSchemas = {
  variable: z.strictObject({ variable: VariableName, operator: VariableOperator, value: z.string().max(4000).optional() }),
  file: z.strictObject({
    file: line(1000),
    version: VersionComparison.describe('The version that a Windows program carries in itself.').optional(),
    modified: TimeComparison.optional(),
  }),
  folder: z.strictObject({ folder: line(1000), modified: TimeComparison.optional() }),
  operatingSystem: z.strictObject({ operatingSystem: z.array(Platform).min(1).max(100).describe('Any of them.') }),
  operatingSystemLanguage: z.strictObject({ operatingSystemLanguage: line(85).describe('`de-DE`, or `de` for any region.') }),
  registry: z.strictObject({
    registry: line(1000).describe('The key: `HKLM\\SOFTWARE\\Vendor\\Product`.'),
    valueName: line(250).describe('Without it: the key itself for exists and notExists, otherwise its default value.').optional(),
    operator: VariableOperator,
    type: RegistryType.describe('For exists alone: the value must be of this type.').optional(),
    data: z.string().max(4000).describe('Numbers in decimal, binary data in hexadecimal.').optional(),
  }),
  software: z.strictObject({
    software: line(250).describe('Name of a package, of a Windows program (`*` and `?` are wildcards), or a code in braces.'),
    match: z.enum(['name', 'product-code', 'upgrade-code']).describe('`name` when left out.').optional(),
    version: VersionComparison.optional(),
  }),
  wmi: z.strictObject({
    wmi: z.string().min(1).max(16_384).describe('A query: it holds when it finds anything.'),
    namespace: line(250).describe('`root\\cimv2` when left out.').optional(),
  }),
} as const;
export type ConditionKindName = keyof typeof conditionSchemas;
export type ConditionOf<K extends ConditionKindName> = z.output<(typeof conditionSchemas)[K]>;
export type SingleCondition = { [K in ConditionKindName]: ConditionOf<K> }[ConditionKindName];
export type Condition = SingleCondition | { all: Condition[] } | { any: Condition[] } | { none: Condition[] };

// Object.keys loses the key type of a constant table.
const kindNames = Object.keys(conditionSchemas) as ConditionKindName[];
const nested = z.lazy(() => z.array(Condition).max(100));
const groups = { all: z.strictObject({ all: nested }), any: z.strictObject({ any: nested }), none: z.strictObject({ none: nested }) };
const schemas: Readonly<Record<string, z.ZodType>> = { ...groups, ...conditionSchemas };

/** Any condition. What is wrong is said of the kind that its key names, not of every kind. */
export const Condition: z.ZodType<Condition> = z.lazy(() =>
  z.union([...Object.values(conditionSchemas), groups.all, groups.any, groups.none], { error: ({ input }) => problemOf(input) }),
);

/** The kind that a condition's key names. */
export function conditionKind(condition: SingleCondition): ConditionKindName {
  return kindNames.find((kind) => kind in condition) ?? 'variable';
}

function problemOf(input: unknown): string {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  const name = isObject ? Object.keys(schemas).find((each) => each in input) : undefined;
  if (name === undefined) return `is not a condition: it needs one of ${Object.keys(schemas).join(', ')}`;
  const issues = schemas[name]?.safeParse(input).error?.issues ?? [];
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; ');
}
