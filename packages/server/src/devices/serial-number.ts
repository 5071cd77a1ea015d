/** Serial numbers as an id: what of them tells a computer from others. Pure. */

/** What makers leave in where nobody has set one, without signs and in lower case. */
const fillers: ReadonlySet<string> = new Set([
  'chassisserialnumber',
  'default',
  'defaultstring',
  'empty',
  'filledbyoem',
  'invalid',
  'none',
  'notapplicable',
  'notavailable',
  'notset',
  'notspecified',
  'null',
  'oem',
  'serialnumber',
  'sernum',
  'system',
  'systemserialnumber',
  'tobefilledbyoem',
  'tobefilledbyoemtobefilledbyoem',
  'undefined',
  'unknown',
  'unspecified',
]);
/** Shorter ones are no maker's. */
const shortest = 4;
const countedUp = '01234567890123456789';

/** The serial number without blanks around it; null where it identifies nobody: a filler, one sign alone again and again, digits counted up. */
export function regardedSerial(serialNumber: string | null | undefined): string | null {
  const text = (serialNumber ?? '').trim();
  const bare = text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const isPrintable = /^[\x20-\x7E]+$/.test(text);
  const isFiller = fillers.has(bare.replace(/\d{0,2}$/, '')) || fillers.has(bare);
  if (!isPrintable || bare.length < shortest || isFiller || new Set(bare).size === 1 || countedUp.includes(bare)) return null;
  return text;
}

/** As it is compared: case does not matter. */
export function serialKey(serialNumber: string): string {
  return serialNumber.trim().toLowerCase();
}
