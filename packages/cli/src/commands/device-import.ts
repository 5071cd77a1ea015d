/** `ostler device import` and `import-csv`: computers that are known before they start for the first time. */
import { OstlerError, type CsvColumn, type ImportCsvAnswer } from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { formatTable } from '../output.ts';
import { readTextFile } from '../read-text-file.ts';
import { resolveId } from '../resolve.ts';

const common = {
  '--tag <tag...>': 'words to find and to group by',
  '--collection <collection>': 'add to this collection',
  '--merge': 'give a computer that the site knows by one of the ids what is imported, instead of refusing it',
};

async function commonOptions(context: CommandContext, values: Values) {
  const collection = text(values, 'collection');
  return {
    tags: texts(values, 'tag'),
    collectionId: collection === undefined ? null : await resolveId(context, 'collection', collection),
    duplicates: values['merge'] === true ? ('merge' as const) : ('refuse' as const),
  };
}

/** `Computer=name,3=mac`, or uses alone in the order of the columns. */
export function readColumns(words: string): CsvColumn[] {
  return words.split(',').map((word, place) => {
    const equals = word.lastIndexOf('=');
    return equals === -1
      ? { column: String(place + 1), use: word.trim() }
      : { column: word.slice(0, equals).trim(), use: word.slice(equals + 1).trim() };
  });
}

function readHeading(values: Values): 'auto' | 'present' | 'absent' {
  if (values['heading'] === true) return 'present';
  // The parser turns --no-heading into this.
  return values['heading'] === false ? 'absent' : 'auto';
}

function answerText({ imported, devices, problems }: ImportCsvAnswer): string {
  if (problems.length > 0) {
    const columns = [
      { title: 'LINE', value: ({ line }: (typeof problems)[number]) => line },
      { title: 'MISTAKE', value: ({ problem }: (typeof problems)[number]) => problem },
    ];
    return formatTable(problems, columns, '');
  }
  const merged = devices.filter(({ action }) => action === 'merged').length;
  const counts = `${devices.length - merged} new, ${merged} known before`;
  return imported ? `Imported: ${counts}.` : `It would import: ${counts}.`;
}

export const importCommands: readonly ApiCommand[] = [
  {
    words: 'device import',
    summary: 'Make a computer known before it boots for the first time',
    arguments: ['<name>'],
    options: {
      '--mac <address...>': 'its MAC addresses',
      '--uuid <uuid>': 'its SMBIOS UUID',
      '--serial <number>': 'its serial number',
      '--user <user...>': 'who it is for: DOMAIN\\name, name@example.org or a name alone',
      ...common,
    },
    run: async (context, [name = ''], values) => {
      const own = {
        macAddresses: texts(values, 'mac'),
        smbiosUuid: text(values, 'uuid') ?? null,
        serialNumber: text(values, 'serial') ?? null,
        users: texts(values, 'user'),
      };
      const body = { name, ...own, ...(await commonOptions(context, values)) };
      const device = await context.client.call('devices.import', { body }, context.signal);
      context.output.result(device, () => `${device.name} is known: ${device.id}.`);
    },
  },
  {
    words: 'device import-csv',
    summary: 'Make many computers known: all of a CSV, or none where one line has a mistake',
    arguments: ['<file>'],
    options: {
      '--columns <list>': 'what the columns are, by heading or position; without it the headings say it',
      '--heading': 'the first line is headings',
      '--no-heading': 'the first line is a computer; without either, it is one if it has an id',
      '--dry-run': 'say what would be done, and do nothing',
      ...common,
    },
    help: `A column is name, mac, uuid, serial, tag, user, variable:NAME, secret:NAME or ignore. Several MAC addresses or tags stand in one cell with blanks between them,
several users with a semicolon.
Headings such as "Computer name", "MAC address", "SMBIOS GUID", "Users" and "variable:OSDTimeZone" are understood. Comma, semicolon and tab separate.

  ostler device import-csv lab.csv --dry-run
  ostler device import-csv order.csv --columns "Host=name,Ethernet=mac,Zone=variable:OSDTimeZone" --collection Lab
  ostler device import-csv list.csv --columns name,mac,ignore,tag`,
    run: async (context, [file = ''], values) => {
      const csv = await readTextFile(file);
      const columns = text(values, 'columns');
      const body = {
        csv,
        columns: columns === undefined ? [] : readColumns(columns),
        heading: readHeading(values),
        dryRun: values['dryRun'] === true,
        ...(await commonOptions(context, values)),
      };
      const answer = await context.client.call('devices.importCsv', { body }, context.signal);
      context.output.result(answer, () => answerText(answer));
      const [first] = answer.problems;
      if (first === undefined) return;
      const lineCount = answer.devices.length + answer.problems.length;
      throw new OstlerError('DEVICE_IMPORT_REFUSED', { count: answer.problems.length, lineCount, ...first });
    },
  },
];
