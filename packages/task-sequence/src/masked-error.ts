/** An error as people and the journal get it: without secrets in its sentence, in its hint, or in the facts beside them. */
import { toErrorBody, type ErrorBody } from '@ostler/contract';
import type { VariableScope } from './variables.ts';

export function maskedError(thrown: unknown, variables: Pick<VariableScope, 'mask'>): ErrorBody {
  const { hint, ...body } = toErrorBody(thrown);
  const shown = hint === undefined ? {} : { hint: variables.mask(hint) };
  return { ...body, ...shown, message: variables.mask(body.message), details: maskedFacts(body.details, variables) };
}

/** Measured facts and an error's details, by name. */
export function maskedFacts(
  facts: Readonly<Record<string, string | number>>,
  variables: Pick<VariableScope, 'mask'>,
): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, typeof value === 'string' ? variables.mask(value) : value]),
  );
}
