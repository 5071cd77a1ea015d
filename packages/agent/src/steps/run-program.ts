/** Runs a program for a step: its output goes to screen and log as it comes, its exit code is the step's. */
import type { StepResult } from '@ostler/task-sequence';
import type { StepContext } from './step-context.ts';

export interface ProgramRequest {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The end of the output that a status message holds. */
const outputChars = 4000;
/** Any exit code comes back: which ones are a success is the step's business. */
const anyExitCode = Array.from({ length: 256 }, (_, code) => code);

export async function runProgram(request: ProgramRequest, context: StepContext): Promise<StepResult> {
  const { program, args, ...options } = request;
  let output = '';
  const onOutput = (text: string): void => {
    output = (output + text).slice(-outputChars);
    context.output(text);
  };
  const { exitCode } = await context.imaging.run(program, args, { ...options, signal: context.signal, onOutput, okExitCodes: anyExitCode });
  return { exitCode, output: output.trim() };
}
