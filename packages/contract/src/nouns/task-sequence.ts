/**
 * The task sequence as data: groups and steps, with each step's options. YAML and JSON are the same document.
 * Terms and defaults: feature map §2. The engine is packages/task-sequence; what a step does is the agent's.
 */
import { z } from 'zod';
import { Id, Name, Timestamp, VariableName } from './common.ts';
import { Condition } from './condition.ts';
import { SequenceQuestion } from './variable-question.ts';
import { Environment, stepOptions, type StepOptions, type StepType } from './step-options/index.ts';

const common = {
  name: Name,
  description: z.string().max(255).default(''),
  enabled: z.boolean().default(true),
  continueOnError: z.boolean().default(false),
  condition: Condition.optional(),
};
const stepCommon = {
  ...common,
  /** Exit codes that count as success; 3010 also asks for a restart. */
  successCodes: z.array(z.number().int()).min(1).default([0, 3010]),
  /** The step and everything it started is ended after this long; 0 is never. */
  timeoutMinutes: z.number().int().min(0).max(999).default(0),
  retry: z
    .strictObject({ count: z.number().int().min(0).max(20), delaySeconds: z.number().int().min(0).max(3600) })
    .default({ count: 0, delaySeconds: 0 }),
};

/** Steps in one group: far above any real sequence; it ends hostile input only. */
const nodeLimit = 50_000;

export interface Group {
  type: 'group';
  name: string;
  description: string;
  enabled: boolean;
  continueOnError: boolean;
  condition?: Condition | undefined;
  steps: Node[];
}
/** A step of one type. `Step` alone is any of them. */
export type Step<T extends StepType = StepType> = {
  [K in T]: {
    type: K;
    name: string;
    description: string;
    enabled: boolean;
    continueOnError: boolean;
    condition?: Condition | undefined;
    successCodes: number[];
    timeoutMinutes: number;
    retry: { count: number; delaySeconds: number };
    options: StepOptions<K>;
  };
}[T];
export type Node = Group | Step;

const group = z.strictObject({ type: z.literal('group'), ...common, steps: z.lazy(() => z.array(Node).max(nodeLimit)) });
const steps = Object.entries(stepOptions).map(([type, options]) => z.strictObject({ type: z.literal(type), ...stepCommon, options }));
/** A group or a step. The cast joins the run-time union, made from the table of step options, with its written-out type. */
export const Node: z.ZodType<Node> = z.lazy(() => z.discriminatedUnion('type', [group, ...steps])) as unknown as z.ZodType<Node>;

/** A whole task sequence definition: what people write, export and diff. */
export const TaskSequenceDefinition = z.strictObject({
  name: Name,
  description: z.string().max(2000).default(''),
  /** Text for the progress display instead of the name. */
  progressText: z.string().max(255).default(''),
  /** A disabled sequence is offered to no computer, and a run that has it as a child fails at once (feature map §1.7, §2.2.10). */
  enabled: z.boolean().default(true),
  /** Where its first step runs. One that begins in the installed system is there to be run by another, after a restart. */
  startsIn: Environment.default('boot-image'),
  /** Pauses and restarts of the computer do not count; 0 is without end. */
  maximumRunTimeMinutes: z.number().int().min(0).max(1440).default(120),
  /** Variables every run starts with; device and collection variables win over them. One without a value is asked for. */
  variables: z.record(VariableName, z.string().max(4000)).default({}),
  /** Variables that a person at the computer is asked for where nothing gives them a value. */
  ask: z.record(VariableName, SequenceQuestion).default({}),
  steps: z.array(Node).max(nodeLimit),
});
export type TaskSequenceDefinition = z.output<typeof TaskSequenceDefinition>;

/** A stored task sequence. Every save is a new version. */
export const TaskSequence = z.strictObject({
  id: Id,
  name: Name,
  version: z.number().int().positive(),
  definition: TaskSequenceDefinition,
  savedBy: z.string(),
  savedAt: Timestamp,
  /** Why this version was saved; empty is allowed. */
  comment: z.string(),
});
export type TaskSequence = z.output<typeof TaskSequence>;
export const TaskSequenceSummary = TaskSequence.omit({ definition: true });
export type TaskSequenceSummary = z.output<typeof TaskSequenceSummary>;
