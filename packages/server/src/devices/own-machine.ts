/** Who the machine is that this server runs on, by the ids that it would boot with. */
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { MacAddress, SmbiosUuid } from '@ostler/contract';
import type { MachineIdentity } from './identity.ts';

/** What cannot be read (the UUID needs root) is left out: the rest identifies it as well. */
export async function readOwnMachine(): Promise<MachineIdentity> {
  const uuid = SmbiosUuid.safeParse((await readFile('/sys/class/dmi/id/product_uuid', 'utf8').catch(() => '')).trim());
  const macAddresses = Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ mac }) => MacAddress.parse(mac)));
  return { smbiosUuid: uuid.success ? uuid.data : null, macAddresses: [...new Set(macAddresses)] };
}
