/** What the columns of a CSV are: by the choice of whoever imports, or by their headings. */
import { CsvUse, MacAddress, OstlerError, SmbiosUuid, type CsvColumn, type ImportCsv } from '@ostler/contract';
import { macOfCell, uuidOfCell } from './cells.ts';
import type { CsvRecord } from './read-csv.ts';

export interface ColumnPlan {
  /** The use of each column, by its place; undefined is ignored. */
  readonly uses: readonly (string | undefined)[];
  readonly records: readonly CsvRecord[];
}

/** Headings that speak for themselves, without signs and in lower case. */
const knownHeadings: Readonly<Record<string, string>> = {
  name: 'name',
  computer: 'name',
  computername: 'name',
  hostname: 'name',
  netbiosname: 'name',
  mac: 'mac',
  macaddress: 'mac',
  macaddresses: 'mac',
  uuid: 'uuid',
  guid: 'uuid',
  smbiosuuid: 'uuid',
  smbiosguid: 'uuid',
  serial: 'serial',
  serialnumber: 'serial',
  servicetag: 'serial',
  tag: 'tag',
  tags: 'tag',
  user: 'user',
  users: 'user',
  username: 'user',
  primaryuser: 'user',
  primaryusers: 'user',
};

/** @throws OstlerError CSV_COLUMNS_UNCLEAR */
export function planColumns(records: readonly CsvRecord[], { columns, heading }: Pick<ImportCsv, 'columns' | 'heading'>): ColumnPlan {
  const [first] = records;
  if (first === undefined) throw unclear('it has no lines');
  const hasHeading = heading === 'present' || (heading === 'auto' && !first.cells.some(isAddress));
  const headings = hasHeading ? first.cells : [];
  const uses = columns.length > 0 ? chosenUses(columns, headings) : usesOfHeadings(headings);
  if (!uses.includes('name')) throw unclear('none of them is the name');
  const isId = ['mac', 'uuid', 'serial'].some((use) => uses.includes(use));
  if (!isId) throw unclear('none of them is a MAC address, an SMBIOS UUID or a serial number');
  return { uses, records: hasHeading ? records.slice(1) : records };
}

function isAddress(cell: string): boolean {
  return MacAddress.safeParse(macOfCell(cell)).success || SmbiosUuid.safeParse(uuidOfCell(cell)).success;
}

function chosenUses(columns: readonly CsvColumn[], headings: readonly string[]): (string | undefined)[] {
  const uses: (string | undefined)[] = [];
  for (const { column, use } of columns) {
    const byHeading = headings.findIndex((heading) => heading.toLowerCase() === column.toLowerCase());
    const place = byHeading === -1 && /^[1-9]\d{0,3}$/.test(column) ? Number(column) - 1 : byHeading;
    if (place === -1) throw unclear(`there is no column ${column}${headings.length === 0 ? ', for it has no headings' : ''}`);
    if (uses[place] !== undefined) throw unclear(`the column ${column} is named twice`);
    uses[place] = use;
  }
  return uses.map((use) => (use === 'ignore' ? undefined : use));
}

/** A heading may be a use itself: `variable:OSDTimeZone`. */
function usesOfHeadings(headings: readonly string[]): (string | undefined)[] {
  if (headings.length === 0) throw unclear('it has no headings');
  return headings.map((heading) => {
    const use = knownHeadings[heading.toLowerCase().replaceAll(/[^a-z]/g, '')] ?? CsvUse.safeParse(heading).data;
    if (use === undefined) throw unclear(`the heading ${heading || '(empty)'} says nothing`);
    return use === 'ignore' ? undefined : use;
  });
}

function unclear(problem: string): OstlerError {
  return new OstlerError('CSV_COLUMNS_UNCLEAR', { problem });
}
