/** Conditions of groups and steps (feature map §2.3) as data: one key names the kind. They are evaluated by packages/task-sequence. */
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

export const VariableCondition = z.strictObject({
  variable: VariableName,
  operator: VariableOperator,
  value: z.string().max(4000).optional(),
});
export type VariableCondition = z.output<typeof VariableCondition>;

const Path = z.string().min(1).max(1000);
const VersionComparison = z.strictObject({ operator: Comparison, value: z.string().min(1).max(100) });
/** The time is UTC. */
const TimeComparison = z.strictObject({ operator: Comparison, value: Timestamp });

export const FileCondition = z.strictObject({ file: Path, version: VersionComparison.optional(), modified: TimeComparison.optional() });
export type FileCondition = z.output<typeof FileCondition>;
export const FolderCondition = z.strictObject({ folder: Path, modified: TimeComparison.optional() });
export type FolderCondition = z.output<typeof FolderCondition>;

export type SingleCondition = VariableCondition | FileCondition | FolderCondition;
export type Condition = SingleCondition | { all: Condition[] } | { any: Condition[] } | { none: Condition[] };
/** If All, If Any, If None nest (feature map §2.3). */
export const Condition: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    VariableCondition,
    FileCondition,
    FolderCondition,
    z.strictObject({ all: z.array(Condition).max(100) }),
    z.strictObject({ any: z.array(Condition).max(100) }),
    z.strictObject({ none: z.array(Condition).max(100) }),
  ]),
);
