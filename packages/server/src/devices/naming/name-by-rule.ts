/** Gives a computer that nobody has named its name by the site's rule, one that no other device has. */
import type { DeviceFacts } from '@ostler/contract';
import { sql as raw } from 'kysely';
import type { Logger } from 'pino';
import { nameForMachine } from '../identity.ts';
import { updateDevice, type Queries, type StoredDevice } from '../store.ts';
import { fillRule, nameOf, type NamePattern } from './rule.ts';

/**
 * Only a device that still has the name that it got when it was first met is named. Call it inside a transaction.
 * @returns its name from now on
 */
export async function nameByRule(
  sql: Queries,
  device: StoredDevice,
  { facts, rule }: { readonly facts: DeviceFacts; readonly rule: string },
  log: Logger,
): Promise<string> {
  const isNew = device.state === 'unknown' || device.state === 'pending';
  if (rule === '' || !isNew || !hasFirstName(device)) return device.name;
  const pattern = fillRule(rule, facts);
  const name = pattern === null ? null : await freeName(sql, pattern);
  if (name === null) {
    log.warn({ deviceId: device.id, deviceName: device.name, rule }, 'the naming rule gives no name: the computer lacks what it asks for');
    return device.name;
  }
  await updateDevice(sql, device.id, { name });
  log.info({ deviceId: device.id, deviceName: name, rule }, 'device named by the rule');
  return name;
}

/** From one of its own ids: whatever it was met by first. */
function hasFirstName({ name, macAddresses, smbiosUuid }: StoredDevice): boolean {
  const identities = [...macAddresses.map((mac) => ({ smbiosUuid: null, macAddresses: [mac] })), { smbiosUuid, macAddresses: [] }];
  return identities.some((identity) => nameForMachine(identity) === name);
}

/** The number after the highest that is taken; without a counter, `-2` and so on behind a name that another device has. */
async function freeName(sql: Queries, pattern: NamePattern): Promise<string | null> {
  const taken = await takenNames(sql, pattern.before);
  if (pattern.digits !== null) {
    const numbers = taken.flatMap((name) => numberIn(name, pattern) ?? []);
    return nameOf(pattern, Math.max(0, ...numbers) + 1);
  }
  const plain = nameOf(pattern, 0);
  if (plain === null || !taken.includes(plain.toLowerCase())) return plain;
  let number = 2;
  while (taken.includes(`${plain}-${number}`.toLowerCase())) number += 1;
  return nameOf({ before: `${plain}-`, digits: 1, after: '' }, number);
}

function numberIn(name: string, { before, after }: NamePattern): number | null {
  if (!name.endsWith(after.toLowerCase())) return null;
  const digits = name.slice(before.length, name.length - after.length);
  return /^\d{1,9}$/.test(digits) ? Number(digits) : null;
}

/** In lower case. The rule's text has no sign that `like` takes for a pattern. */
async function takenNames(sql: Queries, beginning: string): Promise<string[]> {
  const name = raw<string>`lower(name)`;
  const rows = await sql
    .selectFrom('devices')
    .select(name.as('name'))
    .where(raw<boolean>`lower(name) like ${`${beginning.toLowerCase()}%`}`)
    .execute();
  return rows.map((row) => row.name);
}
