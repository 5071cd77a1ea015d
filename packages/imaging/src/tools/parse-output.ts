/** The edge between external programs and typed data: their output is parsed once, here. */
import { OstlerError } from '@ostler/contract';
import type { z } from 'zod';

/** Parses a program's JSON output. @throws OstlerError TOOL_OUTPUT_UNEXPECTED */
export function parseJsonOutput<T>(program: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new OstlerError('TOOL_OUTPUT_UNEXPECTED', { program, problem: 'it is not JSON' }, { cause: error });
  }
  return parseOutput(program, value, schema);
}

/** Checks a program's output that is split into fields already. @throws OstlerError TOOL_OUTPUT_UNEXPECTED */
export function parseOutput<T>(program: string, value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const problem = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
  throw new OstlerError('TOOL_OUTPUT_UNEXPECTED', { program, problem }, { cause: parsed.error });
}
