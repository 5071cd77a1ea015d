/** What a step of the agent is given: the engine's context, this machine, the target, the site. */
import {
  OstlerError,
  type DeviceFacts,
  type Environment,
  type NodePath,
  type OperatingSystemImage,
  type Package,
  type Progress,
  type RunAssignment,
  type StepOptions,
  type StepType,
} from '@ostler/contract';
import type { ImagingPort, Progress as ImagingProgress } from '@ostler/imaging';
import type { ConditionFacts, StepResult, VariableScope } from '@ostler/task-sequence';
import type { AgentFile } from '../config.ts';
import type { ContentAccess, TransferPort } from '../content-access.ts';
import type { ImagingOperations } from '../imaging-operations.ts';
import type { AgentProgram } from '../install-agent.ts';
import type { Log } from '../log.ts';
import type { NetworkFolders } from '../network-folders.ts';
import type { ServerLink } from '../server-link.ts';
import type { Target } from '../target.ts';

export interface StepContext {
  readonly path: NodePath;
  readonly variables: VariableScope;
  /** Time-out of the step, end of the run. */
  readonly signal: AbortSignal;
  /** Fetches the secret variables that the text names. */
  loadSecrets(text: string): Promise<void>;
  /** Aborts with CANCELLED where a step can stop without leaving a mess: while it transfers. */
  readonly cancelSignal: AbortSignal;
  readonly environment: Environment;
  readonly facts: DeviceFacts;
  readonly assignment: RunAssignment;
  readonly target: Target;
  /** What conditions ask of this computer. */
  readonly conditionFacts: ConditionFacts;
  readonly networkFolders: NetworkFolders;
  readonly imaging: ImagingOperations;
  readonly content: ContentAccess;
  readonly link: Pick<ServerLink, 'call'>;
  readonly log: Log;
  /** What the agent goes on with in the installed system. */
  readonly handOver: AgentFile;
  /** This agent's own program. */
  readonly program: AgentProgram;
  /** The agent's own folder of this environment: journal, log, and what steps need for a moment. */
  readonly stateDirectory: string;
  /** A folder in memory for what does not fit on a disk. */
  readonly memoryDirectory: string;
  /** How far the step is, for the screen and the server. */
  report(progress: Progress, bytesPerSecond: number | null): void;
  /** Output of programs: to the screen, the log, and the end of it into the status message. */
  output(text: string): void;
}

export type StepHandler<T extends StepType> = (options: StepOptions<T>, context: StepContext) => Promise<StepResult>;

/** The imaging library's side of a step: its progress and its log go the step's way. */
export function imagingPort(context: Pick<StepContext, 'signal' | 'report' | 'log'>): Required<ImagingPort> {
  return {
    signal: context.signal,
    report: ({ activity, done, total, unit }: ImagingProgress) => {
      context.report({ activity, done, total: total === 0 ? null : total, unit: unit === 'items' ? 'steps' : 'bytes' }, null);
    },
    log: (message, fields) => {
      context.log.info({ ...fields, what: message }, 'imaging');
    },
  };
}

/** A transfer's side of a step. It can be cancelled at any byte. */
export function transferPort(context: Pick<StepContext, 'signal' | 'cancelSignal' | 'report'>, activity: string): TransferPort {
  return {
    signal: AbortSignal.any([context.signal, context.cancelSignal]),
    report: ({ doneBytes, totalBytes, bytesPerSecond, waitingFor }) => {
      const shown = waitingFor === null ? activity : `${activity} (waiting: ${waitingFor})`;
      context.report({ activity: shown, done: doneBytes, total: totalBytes, unit: 'bytes' }, bytesPerSecond);
    },
  };
}

export function imageOf(context: StepContext, imageId: string): OperatingSystemImage {
  const image = context.assignment.images.find(({ id }) => id === imageId);
  if (image === undefined) throw new OstlerError('ASSIGNMENT_INCOMPLETE', { kind: 'image', id: imageId });
  return image;
}

export function packageOf(context: StepContext, packageId: string): Package {
  const found = context.assignment.packages.find(({ id }) => id === packageId);
  if (found === undefined) throw new OstlerError('ASSIGNMENT_INCOMPLETE', { kind: 'package', id: packageId });
  return found;
}

export function succeeded(output: string, facts: Readonly<Record<string, number | string>>): StepResult {
  return { exitCode: 0, output, facts };
}
