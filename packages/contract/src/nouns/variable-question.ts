/** How a person at the computer is asked for a variable that is declared without a value (feature map §3.1). */
import { z } from 'zod';
import { ComputerName, VariableName, VariableValue } from './common.ts';

const line = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, 'has control characters');

export const VariableQuestion = z.strictObject({
  /** What to type, in a sentence; without it the variable's name has to do. */
  prompt: line.default(''),
  /** The only answers; empty: any text. */
  choices: z.array(line.min(1)).max(50).default([]),
  /** A regular expression that the whole answer has to match. */
  pattern: z.string().max(500).refine(isRegularExpression, 'is not a regular expression').optional(),
  /** It may stay without a value: then it holds up no required deployment. */
  optional: z.boolean().default(false),
});
export type VariableQuestion = z.output<typeof VariableQuestion>;

/** A question of a task sequence: also what is asked for secretly, which a sequence itself can hold no value for. */
export const SequenceQuestion = VariableQuestion.extend({
  /** Typed unseen, sealed on the server, masked everywhere. */
  secret: z.boolean().default(false),
});
export type SequenceQuestion = z.output<typeof SequenceQuestion>;

/** A variable that a person is to give a value. */
export const AskedVariable = SequenceQuestion.extend({ name: VariableName });
export type AskedVariable = z.output<typeof AskedVariable>;

export const VariableAnswer = z.strictObject({ name: VariableName, value: VariableValue });
export type VariableAnswer = z.output<typeof VariableAnswer>;

/** Variables whose values have a form of their own, whoever asks for them. */
const forms: Readonly<Record<string, { readonly schema: z.ZodType; readonly problem: string }>> = {
  osdcomputername: {
    schema: ComputerName,
    problem: 'is not a computer name: letters, digits and hyphens, at most 63, no hyphen at either end',
  },
};

/**
 * Why a value is no answer, without the value itself; null: it is one. The pattern is left to the computer that asks: it helps the
 * person, and an unlucky one must not keep the server busy.
 */
export function answerProblem(asked: AskedVariable, value: string): string | null {
  if (value === '') return asked.optional ? null : 'needs a value';
  if (!VariableValue.safeParse(value).success) return 'is too long';
  if (asked.choices.length > 0 && !asked.choices.includes(value)) return `is one of: ${asked.choices.join(', ')}`;
  const form = forms[asked.name.toLowerCase()];
  return form === undefined || form.schema.safeParse(value).success ? null : form.problem;
}

/** As answerProblem, and the pattern. */
export function typedAnswerProblem(asked: AskedVariable, value: string): string | null {
  const problem = answerProblem(asked, value);
  if (problem !== null || value === '' || asked.pattern === undefined) return problem;
  return new RegExp(`^(?:${asked.pattern})$`, 'u').test(value) ? null : `has to match ${asked.pattern}`;
}

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(`^(?:${text})$`, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}
