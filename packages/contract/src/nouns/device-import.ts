/** Computers that are made known before they start for the first time (feature map §1.14): one, or a file of them. */
import { z } from 'zod';
import { ComputerName, Id, MacAddress, SerialNumber, SmbiosUuid, VariableName, VariableValue } from './common.ts';
import { DeviceTag } from './device.ts';
import { namedUsersAtMost, UserName } from './device-user.ts';

const Tags = z.array(DeviceTag).max(100).default([]);
/** Of a device that has one of the ids already: refuse; or give it what is imported. */
const Duplicates = z.enum(['refuse', 'merge']).default('refuse');
const CollectionId = Id.nullable().default(null);

export const ImportDevice = z
  .strictObject({
    name: ComputerName,
    macAddresses: z.array(MacAddress).max(64).default([]),
    smbiosUuid: SmbiosUuid.nullable().default(null),
    serialNumber: SerialNumber.nullable().default(null),
    tags: Tags,
    /** Who it is for. */
    users: z.array(UserName).max(namedUsersAtMost).default([]),
    variables: z
      .array(z.strictObject({ name: VariableName, value: VariableValue.min(1), secret: z.boolean().default(false) }))
      .max(1000)
      .default([]),
    collectionId: CollectionId,
    duplicates: Duplicates,
  })
  .refine(
    ({ macAddresses, smbiosUuid, serialNumber }) => macAddresses.length > 0 || smbiosUuid !== null || serialNumber !== null,
    'give a MAC address, an SMBIOS UUID or a serial number',
  );
export type ImportDevice = z.output<typeof ImportDevice>;

/** What the cells of a column are. Several MAC addresses or tags stand in one cell with blanks, `;` or `|` between them, several users with `;`, `|` or `,`. */
export const CsvUse = z
  .string()
  .regex(
    /^(?:name|mac|uuid|serial|tag|user|ignore|(?:variable|secret):[A-Za-z_][A-Za-z0-9_-]{0,255})$/,
    'is none of name, mac, uuid, serial, tag, user, ignore, variable:NAME, secret:NAME',
  );
export const CsvColumn = z.strictObject({
  /** Its heading, or its position from 1 on. */
  column: z.string().min(1).max(200),
  use: CsvUse,
});
export type CsvColumn = z.output<typeof CsvColumn>;

export const ImportCsv = z.strictObject({
  csv: z.string().max(8_000_000),
  /** Empty: the headings say it. Columns that are not named here are ignored. */
  columns: z.array(CsvColumn).max(1000).default([]),
  /** Whether the first line is headings; auto: it is if no cell of it is an id. */
  heading: z.enum(['auto', 'present', 'absent']).default('auto'),
  /** Tags of every computer of the file. */
  tags: Tags,
  collectionId: CollectionId,
  duplicates: Duplicates,
  /** Says what would be done, and does nothing. */
  dryRun: z.boolean().default(false),
});
export type ImportCsv = z.output<typeof ImportCsv>;

export const ImportedLine = z.strictObject({
  /** Of the file, from 1 on; where a record goes over several lines, the last of them. */
  line: z.number().int().positive(),
  name: z.string(),
  /** created; merged: a device of the site, or one that was only ever seen, has become it. */
  action: z.enum(['created', 'merged']),
});
export type ImportedLine = z.output<typeof ImportedLine>;
export const CsvProblem = z.strictObject({ line: z.number().int().positive(), problem: z.string() });
export type CsvProblem = z.output<typeof CsvProblem>;

export const ImportCsvAnswer = z.strictObject({
  /** False of a dry run, and where one line has a mistake: then nothing at all was imported. */
  imported: z.boolean(),
  devices: z.array(ImportedLine),
  problems: z.array(CsvProblem),
});
export type ImportCsvAnswer = z.output<typeof ImportCsvAnswer>;
