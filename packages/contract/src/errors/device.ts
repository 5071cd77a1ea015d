/** Errors of the area: computers that are imported, woken, named, deleted. */
import type { ErrorEntry } from './entry.ts';

export const deviceErrors = {
  DEVICE_IDS_CONFLICT: {
    status: 409,
    text: 'The ids belong to different computers: {reason}.',
    hint: 'Correct the ids, or delete the device that is not there any more.',
  },
  DEVICE_IMPORT_REFUSED: {
    status: 422,
    text: 'Nothing was imported: {count} of {lineCount} lines have mistakes. Line {line}: {problem}',
    hint: 'Correct the lines. `ostler device import-csv --dry-run` names every mistake and imports nothing.',
  },
  DEVICE_NOT_WAKEABLE: { status: 409, text: 'The device {name} cannot be woken: {reason}.' },
  DEVICE_DELETE_UNCONFIRMED: {
    status: 400,
    text: 'The device {name} was not deleted.',
    hint: 'Give --yes to delete it with all that is named.',
  },
  DEVICE_USER_NOT_WAITING: {
    status: 409,
    text: 'The user {user} of the device {name} does not wait for approval: it is {state}.',
    hint: '`ostler device user list --pending` shows who waits. `ostler device user remove` takes a user from a device.',
  },
  CSV_UNREADABLE: { status: 422, text: 'The CSV cannot be read at line {line}: {reason}' },
  CSV_TOO_LONG: { status: 413, text: 'The CSV has more than {limit} lines.', hint: 'Import it in parts.' },
  CSV_COLUMNS_UNCLEAR: {
    status: 422,
    text: 'What is in the columns of the CSV is not clear: {problem}.',
    hint: 'Name the columns, for example: --columns "Computer=name,MAC=mac,Owner=ignore", or by position: --columns name,mac,ignore.',
  },
} as const satisfies Record<string, ErrorEntry>;
