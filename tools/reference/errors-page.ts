/** docs/reference/errors.md, from the error catalogue. */
import { errorCatalogue, type ErrorEntry } from '@ostler/contract';
import { code, page, table } from './markdown.ts';

export function errorsPage(): string {
  const entries: readonly (readonly [string, ErrorEntry])[] = Object.entries(errorCatalogue);
  const rows = entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entry]) => [code(name), String(entry.status), entry.text, entry.hint ?? '']);
  return page(
    'Errors',
    'Every error has a code, a sentence whose `{placeholders}` are filled with the facts, and often a hint. The status is the one the API answers with.',
    table(['Code', 'Status', 'Sentence', 'Hint'], rows),
  );
}
