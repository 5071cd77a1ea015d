/**
 * Runs a program for a step: its output goes to screen and log as it comes, its exit code is the step's. While it runs, `tsenv` answers it and
 * the variables are in its environment.
 */
import type { StepResult } from '@ostler/task-sequence';
import { openScriptEnvironment } from '../scripts/script-environment.ts';
import type { StepContext } from './step-context.ts';

export interface ProgramRequest {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** For standard input: the place for a secret, which must never be an argument. */
  readonly input?: string;
}

/** The end of the output that a status message holds. */
const outputChars = 4000;
/** So much more is kept until the output is masked, so that no secret is cut in two by the limit. */
const keptChars = outputChars + 32_000;
/** `exit 3010`, "success, restart", is 194 here: an exit code has 8 bits. It is given back what its author wrote. */
const restartCode = { written: 3010, received: 3010 % 256 };
/** Any exit code comes back: which ones are a success is the step's business. */
const anyExitCode = Array.from({ length: 256 }, (_, code) => code);

export async function runProgram(request: ProgramRequest, context: StepContext): Promise<StepResult> {
  const result = await runForOutput(request, context);
  return { ...result, output: context.variables.mask(result.output).slice(-outputChars) };
}

/** The same with the output as the program printed it, for a variable: a value that holds a secret becomes a secret variable. */
export async function runForOutput(request: ProgramRequest, context: StepContext): Promise<StepResult> {
  const { program, args, env, ...options } = request;
  await using scripts = await openScriptEnvironment(context);
  let output = '';
  const onOutput = (text: string): void => {
    output = (output + text).slice(-keptChars);
    context.output(text);
  };
  const { exitCode } = await context.imaging.run(program, args, {
    ...options,
    env: { ...scripts.env, ...env },
    signal: context.signal,
    onOutput,
    okExitCodes: anyExitCode,
  });
  return { exitCode: exitCode === restartCode.received ? restartCode.written : exitCode, output: output.trim() };
}
