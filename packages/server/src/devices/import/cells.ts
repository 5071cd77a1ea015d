/** Cells as people and other programs write them: MAC addresses with any or no signs, UUIDs in braces, several in one cell. */

/** `5254.0012.3456` and `525400123456` as the contract has it; anything else as it is. */
export function macOfCell(cell: string): string {
  const digits = cell.replaceAll(/[.:-]/g, '');
  return /^[0-9a-f]{12}$/i.test(digits) ? (digits.match(/../g) ?? []).join(':') : cell;
}

export function uuidOfCell(cell: string): string {
  return cell.replace(/^\{(?<uuid>.*)\}$/, '$<uuid>');
}

/** Several users in one cell: their names may have blanks. */
export function usersOfCell(cell: string): string[] {
  const users = cell.split(/[,;|]/).map((user) => user.trim());
  return users.filter((user) => user !== '');
}

/** Several in one cell. */
export function partsOf(cell: string): string[] {
  return cell.split(/[\s;|]+/).filter((part) => part !== '');
}
