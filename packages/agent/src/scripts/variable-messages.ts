/** What `tsenv` and the agent say to each other: one line of JSON there, one line back. */
import { ErrorBody, VariableName, VariableValue } from '@ostler/contract';
import { z } from 'zod';

export const VariableRequest = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('get'), name: VariableName, secret: z.boolean() }),
  z.strictObject({ command: z.literal('set'), name: VariableName, value: VariableValue, secret: z.boolean() }),
  z.strictObject({ command: z.literal('list') }),
]);
export type VariableRequest = z.output<typeof VariableRequest>;

const ListedVariable = z.strictObject({ name: VariableName, value: z.string(), secret: z.boolean() });
export type ListedVariable = z.output<typeof ListedVariable>;

export const VariableAnswer = z.discriminatedUnion('kind', [
  /** null: the variable is not set. */
  z.strictObject({ kind: z.literal('value'), value: z.string().nullable() }),
  z.strictObject({ kind: z.literal('done') }),
  /** A secret one is listed without its value. */
  z.strictObject({ kind: z.literal('list'), variables: z.array(ListedVariable) }),
  z.strictObject({ kind: z.literal('error'), error: ErrorBody }),
]);
export type VariableAnswer = z.output<typeof VariableAnswer>;

/** A request longer than this is no request. */
export const longestMessageChars = 65_536;
/** The environment variable that tells `tsenv` where the agent listens. */
export const socketVariable = 'OSTLER_TSENV_SOCKET';
