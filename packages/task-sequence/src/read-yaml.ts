/** Small documents as people write them, YAML or JSON. Whole task sequences are yaml.ts, which knows the line of each problem. */
import type { OstlerError } from '@ostler/contract';
import { parse } from 'yaml';

/** @throws what `refuse` makes of the parser's problem */
export function readYaml(text: string, refuse: (problem: string, cause: unknown) => OstlerError): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error), error);
  }
}
