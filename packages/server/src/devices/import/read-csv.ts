/** A CSV as records with their line numbers. What its columns are: columns.ts. */
import { OstlerError } from '@ostler/contract';
import { CsvError, parse, type Info } from 'csv-parse/sync';

export interface CsvRecord {
  /** From 1 on. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Each is a few queries in one transaction: more would keep other requests waiting for too long. */
const recordLimit = 10_000;
const cellsLimitBytes = 100_000;
const separators = [',', ';', '\t'] as const;

/**
 * Comma, semicolon or tab, as the first line has the most of; quotes as RFC 4180 has them. Empty lines are left out.
 * @throws OstlerError CSV_UNREADABLE, CSV_TOO_LONG
 */
export function readCsv(csv: string): CsvRecord[] {
  const records = parseRecords(csv);
  if (records.length > recordLimit) throw new OstlerError('CSV_TOO_LONG', { limit: recordLimit });
  return records.map(({ record, info }) => ({ line: info.lines, cells: record }));
}

interface Parsed {
  readonly record: string[];
  readonly info: Info;
}

function parseRecords(csv: string): Parsed[] {
  try {
    const parsed: unknown = parse(csv, {
      bom: true,
      delimiter: separatorOf(csv),
      info: true,
      max_record_size: cellsLimitBytes,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      to: recordLimit + 1,
      trim: true,
    });
    // Safe: with `info` each record comes with where it stood; the library's types know it without that option only.
    return parsed as Parsed[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new OstlerError('CSV_UNREADABLE', { line: Number(error['lines'] ?? 1), reason: error.message }, { cause: error });
  }
}

function separatorOf(csv: string): string {
  const [first = ''] = csv.split('\n', 1);
  const counts = separators.map((separator) => first.split(separator).length);
  return separators[counts.indexOf(Math.max(...counts))] ?? ',';
}
