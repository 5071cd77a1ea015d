/**
 * What the agent and the server say to each other. The agent speaks HTTPS only and pins the site's CA.
 * First `hello`, which proves the machine and gives it a key for this run; everything after carries that key.
 */
import { z } from 'zod';
import { Application } from './application.ts';
import { ContentRef, Id, MacAddress, Name, SizeBytes } from './common.ts';
import { DebugOrder, DebugView } from './debugger.ts';
import { DeviceFacts } from './device.ts';
import { OperatingSystemImage, Package } from './image.ts';
import { NodePath } from './node-path.ts';
import { AskedVariable, VariableAnswer } from './variable-question.ts';
import { Deployment } from './deployment.ts';
import { EngineState, StatusMessage, StepProgress, WindowWait } from './run.ts';
import { Environment } from './step-options/index.ts';
import { TaskSequenceDefinition } from './task-sequence.ts';

export const Hello = z.strictObject({
  facts: DeviceFacts,
  environment: Environment,
  /** The adapter it booted from. */
  bootMacAddress: MacAddress.nullable(),
  bootImageId: Id.nullable(),
  /** A random value made at this boot: polls with the same one are the same machine. 32 to 64 characters of hexadecimal. */
  claim: z.string().regex(/^[0-9a-f]{32,64}$/),
  /** Typed on the target's screen, where the site asks for it. */
  password: z.string().max(200).optional(),
});
export type Hello = z.output<typeof Hello>;

/**
 * A deployment that a person at the target may choose; or the required one that waits for something: for answers, or for content that
 * is missing. Then it is alone.
 */
export const MenuEntry = z.strictObject({
  deploymentId: Id,
  name: Name,
  description: z.string(),
  purpose: Deployment.shape.purpose,
});
export type MenuEntry = z.output<typeof MenuEntry>;

/** What a machine hears that has not proven itself. */
export const helloRefusals = [
  z.strictObject({ state: z.literal('waiting-for-approval'), deviceName: z.string(), pollSeconds: z.number() }),
  z.strictObject({ state: z.literal('password-required'), wrong: z.boolean(), retryAfterSeconds: z.number() }),
  z.strictObject({ state: z.literal('refused'), reason: z.string() }),
] as const;

export const HelloAnswer = z.discriminatedUnion('state', [
  ...helloRefusals,
  z.strictObject({
    state: z.literal('ready'),
    deviceId: Id,
    deviceName: z.string(),
    /** The per-device key: a bearer token that dies with the run. */
    key: z.string(),
    /** A run to begin or to go on with at once … */
    runId: Id.nullable(),
    /** … or what a person may choose from; both empty: nothing to do, go on to the disk. */
    menu: z.array(MenuEntry),
    siteName: z.string(),
  }),
]);
export type HelloAnswer = z.output<typeof HelloAnswer>;

/** Something that a task sequence refers to. */
export const NeededContent = z.strictObject({
  kind: z.enum(['operating system image', 'package', 'application', 'task sequence', 'boot image']),
  id: z.string(),
  /** Its id where it has no name any more. */
  name: z.string(),
  sizeBytes: SizeBytes.nullable(),
  /** Why it cannot be used; null: it is there. */
  problem: z.string().nullable(),
});
export type NeededContent = z.output<typeof NeededContent>;

/** What a deployment would be on this computer, before it begins. */
export const DeploymentPlan = z.strictObject({
  deploymentId: Id,
  name: Name,
  description: z.string(),
  purpose: Deployment.shape.purpose,
  deviceName: z.string(),
  /** What has no value yet, in the order to ask. */
  questions: z.array(AskedVariable),
  content: z.array(NeededContent),
});
export type DeploymentPlan = z.output<typeof DeploymentPlan>;

/** What a person typed becomes the run's: it wins over every other value. */
export const ChooseDeployment = z.strictObject({ deploymentId: Id, answers: z.array(VariableAnswer).max(200).default([]) });
export const ChosenRun = z.strictObject({ runId: Id });

/** How long a step took when this task sequence last succeeded on the same model, each time it was begun: a restart begins it once more. */
export const ExpectedTime = z.strictObject({
  path: NodePath,
  environment: Environment,
  stepSeconds: z.number().nonnegative(),
  /** From the step's beginning to the end of the run. */
  runSeconds: z.number().nonnegative(),
});
export type ExpectedTime = z.output<typeof ExpectedTime>;

/** Everything the agent needs to run: definition, variables, what the steps refer to, and the journal to go on from. */
export const RunAssignment = z.strictObject({
  runId: Id,
  taskSequenceId: Id,
  deploymentId: Id,
  deviceName: z.string(),
  siteName: z.string(),
  definition: TaskSequenceDefinition,
  /** Merged by precedence: sequence < collection by priority < device. A secret has no value here: it is fetched when needed. */
  variables: z.array(z.strictObject({ name: z.string(), value: z.string().nullable(), secret: z.boolean() })),
  images: z.array(OperatingSystemImage),
  packages: z.array(Package),
  applications: z.array(Application),
  journal: EngineState.nullable(),
  nextMessageSequence: z.number().int().positive(),
  logReceivedBytes: z.number().int().nonnegative(),
  /** Empty where nothing is known. */
  expectedTimes: z.array(ExpectedTime),
  /**
   * 32 random bytes, made with the run and the same for all of it: what the agent seals the secrets in the journal with.
   * The journal itself never holds it.
   */
  sealingKey: z.base64().length(44),
  /** The agent's bundle, to go on with in the installed system. */
  agent: ContentRef,
  boot: z.strictObject({ serverUrl: z.string() }),
});
export type RunAssignment = z.output<typeof RunAssignment>;

/** What an administrator wants of a run that goes on, and what the computer's maintenance windows say. */
const RunControl = {
  cancelRequested: z.boolean(),
  pauseRequested: z.boolean(),
  /** A restart waits; null: the computer may restart now. While the site does not answer, what it said last holds. */
  restartHold: WindowWait.nullable(),
  /** Commands for the debugger that the journal does not call settled yet, in order. */
  debugOrders: z.array(DebugOrder),
};
export const JournalAnswer = z.strictObject({ revision: z.number().int(), ...RunControl });
export const StatusReport = z.strictObject({
  messages: z.array(StatusMessage).max(200),
  progress: StepProgress.nullable(),
  /** null: nothing new. */
  debug: DebugView.nullable().default(null),
});
export type StatusReport = z.output<typeof StatusReport>;
export const StatusAnswer = z.strictObject({ acknowledged: z.number().int().nonnegative(), ...RunControl });
/**
 * The end of a run. `retryProof`: what a person at the target can let a failed run go on with, where the site permits it; it opens
 * nothing else, and ends with the day or with the next change of the run.
 */
export const FinishAnswer = z.strictObject({ ok: z.literal(true), retryProof: z.string().nullable() });
export const RetryRun = z.strictObject({ proof: z.string().min(1).max(2000) });
/** The key of the run's new life. */
export const RetryAnswer = z.strictObject({ key: z.string() });
export const SecretAnswer = z.strictObject({ value: z.string() });
/** The captured image's finished upload becomes an operating system image. */
export const CapturedImage = z.strictObject({ uploadId: Id, name: Name, description: z.string().max(2000) });
