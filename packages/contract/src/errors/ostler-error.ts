/**
 * The one error class of the product. Its facts are typed from the placeholders of its sentence,
 * so a forgotten fact does not compile.
 */
import { z } from 'zod';
import { errorCatalogue, type ErrorCode } from './catalogue.ts';
import type { ErrorEntry } from './entry.ts';

type Placeholders<T extends string> = T extends `${string}{${infer N}}${infer Rest}` ? N | Placeholders<Rest> : never;

/** The facts an error of this code carries: one for each placeholder of its sentence. */
export type ErrorDetails<C extends ErrorCode> = {
  readonly [N in Placeholders<(typeof errorCatalogue)[C]['text']>]: string | number;
};

/** What an error looks like on the wire, in a job, and in a status message. */
export const ErrorBody = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  details: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type ErrorBody = z.output<typeof ErrorBody>;

/** An error of the catalogue. `message` is the finished sentence. */
export class OstlerError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'OstlerError';
  readonly code: C;
  readonly status: number;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(code: C, details: ErrorDetails<C>, options?: ErrorOptions) {
    const entry: ErrorEntry = errorCatalogue[code];
    const facts: Readonly<Record<string, string | number>> = details;
    super(fill(entry.text, facts), options);
    this.code = code;
    this.status = entry.status;
    this.hint = entry.hint;
    this.details = facts;
  }
}

/** `instanceof` for the generic class: narrows to any code instead of to `any`. */
export function isOstlerError(thrown: unknown): thrown is OstlerError {
  return thrown instanceof OstlerError;
}

/** The wire form of any thrown value. What is not in the catalogue becomes INTERNAL with its own message. */
export function toErrorBody(thrown: unknown): ErrorBody {
  if (isOstlerError(thrown)) {
    const { code, message, hint, details } = thrown;
    return { code, message, details: { ...details }, ...(hint === undefined ? {} : { hint }) };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'INTERNAL', message, details: {} };
}

function fill(text: string, facts: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/\{(?<name>\w+)\}/g, (_whole, name: string) => String(facts[name] ?? ''));
}
