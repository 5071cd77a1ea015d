/** Imports the computers of a CSV in one transaction: all of them, or none where one line has a mistake. */
import { ImportDevice, isOstlerError, type CsvProblem, type ImportCsv, type ImportCsvAnswer, type ImportedLine } from '@ostler/contract';
import { addEachDirect } from '../../collections/rules.ts';
import type { z } from 'zod';
import type { Database } from '../../database/database.ts';
import type { Queries } from '../store.ts';
import { macOfCell, partsOf, usersOfCell, uuidOfCell } from './cells.ts';
import { planColumns, type ColumnPlan } from './columns.ts';
import { importDevice, type ImportDependencies } from './import-device.ts';
import { readCsv, type CsvRecord } from './read-csv.ts';

/** Takes back what a dry run, or lines before a mistake, have written. */
class TakenBack extends Error {}

/** @throws OstlerError CSV_UNREADABLE, CSV_TOO_LONG, CSV_COLUMNS_UNCLEAR, NOT_FOUND for a collection that is not there */
export async function importCsv({ sql }: Database, body: ImportCsv, dependencies: ImportDependencies): Promise<ImportCsvAnswer> {
  const plan = planColumns(readCsv(body.csv), body);
  const problems: CsvProblem[] = [];
  const devices: ImportedLine[] = [];
  try {
    await sql.transaction().execute(async (transaction) => {
      const ids = await importRecords(transaction, { plan, body, problems, devices }, dependencies);
      if (body.collectionId !== null) await addEachDirect(transaction, body.collectionId, ids, dependencies.nowMs);
      if (body.dryRun || problems.length > 0) throw new TakenBack();
    });
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error;
    return { imported: false, devices, problems };
  }
  return { imported: true, devices, problems };
}

interface Work {
  readonly plan: ColumnPlan;
  readonly body: ImportCsv;
  readonly problems: CsvProblem[];
  readonly devices: ImportedLine[];
}

/** @returns ids of the devices */
async function importRecords(sql: Queries, { plan, body, problems, devices }: Work, dependencies: ImportDependencies): Promise<string[]> {
  const ids = new Set<string>();
  for (const record of plan.records) {
    const { line } = record;
    const entry = readEntry(record, plan.uses, body);
    if ('problem' in entry) {
      problems.push({ line, problem: entry.problem });
      continue;
    }
    try {
      const { id, action } = await importDevice(sql, entry, dependencies);
      ids.add(id);
      devices.push({ line, name: entry.name, action });
    } catch (error) {
      // What is refused was refused before anything of this line was written: the transaction goes on.
      if (!isOstlerError(error) || error.status >= 500) throw error;
      problems.push({ line, problem: error.message });
    }
  }
  return [...ids];
}

function readEntry({ cells }: CsvRecord, uses: ColumnPlan['uses'], body: ImportCsv): ImportDevice | { readonly problem: string } {
  const extra = cells.slice(plannedCount(uses, body)).find((cell) => cell !== '');
  if (extra !== undefined) return { problem: `there is no column for ${extra}` };
  const parsed = ImportDevice.safeParse(entryOf(cells, uses, body));
  return parsed.success ? parsed.data : { problem: parsed.error.issues.map(issueText).join('; ') };
}

const fieldWords: Readonly<Record<PropertyKey, string>> = {
  name: 'name',
  macAddresses: 'MAC address',
  smbiosUuid: 'UUID',
  serialNumber: 'serial number',
  tags: 'tag',
  users: 'user',
  variables: 'variable',
};

function issueText({ path, message }: z.core.$ZodIssue): string {
  const field = fieldWords[path[0] ?? ''];
  return field === undefined ? message : `the ${field} ${message}`;
}

/** Whoever names columns by hand may leave out the last ones. */
function plannedCount(uses: ColumnPlan['uses'], { columns }: ImportCsv): number {
  return columns.length > 0 ? Number.POSITIVE_INFINITY : uses.length;
}

/** An empty cell says nothing. */
function entryOf(cells: readonly string[], uses: ColumnPlan['uses'], { tags, collectionId, duplicates }: ImportCsv): unknown {
  const ofUse = (use: string): string[] => cells.filter((cell, place) => uses[place] === use && cell !== '');
  const variables = uses.flatMap((use, place) => {
    const [kind, name] = use?.split(':') ?? [];
    const value = cells[place] ?? '';
    return name === undefined || value === '' ? [] : [{ name, value, secret: kind === 'secret' }];
  });
  const [name = ''] = ofUse('name');
  const [smbiosUuid] = ofUse('uuid').map(uuidOfCell);
  const [serialNumber = null] = ofUse('serial');
  return {
    name,
    macAddresses: ofUse('mac').flatMap(partsOf).map(macOfCell),
    smbiosUuid: smbiosUuid ?? null,
    serialNumber,
    tags: [...tags, ...ofUse('tag').flatMap(partsOf)],
    users: ofUse('user').flatMap(usersOfCell),
    variables,
    collectionId,
    duplicates,
  };
}
