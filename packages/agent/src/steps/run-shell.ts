/** What Run Command Line and Run Script have in common: where the program runs, as whom, and what becomes of its output. */
import { OstlerError } from '@ostler/contract';
import type { StepResult } from '@ostler/task-sequence';
import { runForOutput, type ProgramRequest } from './run-program.ts';
import { imagingPort, type StepContext } from './step-context.ts';

/** An output variable gets so much of the end (feature map §2.4). */
const outputVariableChars = 1000;
/** The end of the output that a status message holds. */
const outputChars = 4000;

/**
 * A mount namespace of its own: the applied system sees devices, processes and kernel settings, and nothing stays mounted
 * when the line has ended, however it ends.
 */
const enterTarget = `set -e
root="$1"
cwd="$2"
shift 2
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/run"
if [ -s /etc/resolv.conf ] && [ ! -L "$root/etc/resolv.conf" ] && [ -f "$root/etc/resolv.conf" ]; then
  mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
fi
exec chroot "$root" /bin/sh -c 'cd "$1" && shift && exec "$@"' sh "$cwd" "$@"`;

export interface Place {
  /** Where the operating system just applied is mounted; null: here. */
  readonly root: string | null;
  /** A local account to run as; empty is root. Only in the installed system, as accounts have a meaning there only. */
  readonly runAs: string;
}

export interface ShellOptions {
  readonly inTarget: boolean;
  readonly runAs: string;
  readonly outputVariable?: string | undefined;
}

/** @throws OstlerError TARGET_NOT_READY, RUN_AS_NOT_POSSIBLE */
export async function placeOf(options: ShellOptions, context: StepContext): Promise<Place> {
  const { variables, target, environment } = context;
  const runAs = variables.expand(options.runAs);
  if (runAs !== '' && environment === 'boot-image' && !options.inTarget) throw new OstlerError('RUN_AS_NOT_POSSIBLE', { account: runAs });
  return { root: options.inTarget ? await target.mountSystem(variables, imagingPort(context)) : null, runAs };
}

/** Runs the words in their place. Some of the output's end goes into the variable. */
export async function runInPlace(
  words: readonly [string, ...string[]],
  place: Place & { readonly cwd: string },
  { outputVariable }: ShellOptions,
  context: StepContext,
): Promise<StepResult> {
  const result = await runForOutput(requestFor(words, place), context);
  const masked = context.variables.mask(result.output);
  if (outputVariable !== undefined) {
    const value = result.output.slice(-outputVariableChars);
    // Also where the limit cuts a secret in two: what is left of it is no less secret.
    context.variables.set(outputVariable, value, { secret: !masked.endsWith(value) });
  }
  return { ...result, output: masked.slice(-outputChars) };
}

function requestFor(words: readonly [string, ...string[]], { root, runAs, cwd }: Place & { readonly cwd: string }): ProgramRequest {
  const [program, ...args] = runAs === '' ? words : (['runuser', '-u', runAs, '--', ...words] as const);
  if (root === null) return { program, args, cwd };
  return { program: 'unshare', args: ['--mount', '--propagation', 'private', 'sh', '-c', enterTarget, 'sh', root, cwd, program, ...args] };
}
