/** The words that descriptions of conditions share. */
import type { Comparison } from '@ostler/contract';

export function quoted(text: string): string {
  return `"${text}"`;
}

/** `its version greaterEqual 12`; null: nothing is compared. */
export function compared(what: string, comparison: { readonly operator: Comparison; readonly value: string } | undefined): string | null {
  return comparison === undefined ? null : `${what} ${comparison.operator} ${comparison.value}`;
}

export function joined(parts: readonly (string | null)[], word = 'and'): string {
  return parts.filter((each) => each !== null).join(` ${word} `);
}
