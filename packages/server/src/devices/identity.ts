/** Who a machine is, by SMBIOS UUID and then MAC address. Pure: the rows come from the store. */
import type { SiteSettings } from '@ostler/contract';

/** What a machine says of itself. It proves nothing. */
export interface MachineIdentity {
  readonly smbiosUuid: string | null;
  readonly macAddresses: readonly string[];
}
export interface KnownIdentity extends MachineIdentity {
  readonly deviceId: string;
}
export type Disregarded = Pick<SiteSettings, 'disregardedSmbiosUuids' | 'disregardedMacAddresses'>;

/** What a new site disregards: ids that many machines share because a maker or a virtual machine never set them. */
export const defaultDisregarded: Disregarded = {
  disregardedSmbiosUuids: [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '03000200-0400-0500-0006-000700080009',
  ],
  disregardedMacAddresses: [],
};

/** Without the ids that identify nobody. The defaults count for every site: they can never be anyone's. */
export function regardedIdentity(identity: MachineIdentity, disregarded: Disregarded): MachineIdentity {
  const uuids = [...defaultDisregarded.disregardedSmbiosUuids, ...disregarded.disregardedSmbiosUuids];
  const macs = ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', ...disregarded.disregardedMacAddresses];
  return {
    smbiosUuid: identity.smbiosUuid !== null && uuids.includes(identity.smbiosUuid) ? null : identity.smbiosUuid,
    macAddresses: [...new Set(identity.macAddresses)].filter((mac) => !macs.includes(mac)),
  };
}

/**
 * The device that the machine is. The UUID decides; a MAC address identifies only a device whose UUID is not known to be
 * another one, so that a docking station or a moved adapter does not turn one machine into another.
 */
export function matchDevice(identity: MachineIdentity, candidates: readonly KnownIdentity[]): string | null {
  const byUuid = candidates.find((known) => known.smbiosUuid !== null && known.smbiosUuid === identity.smbiosUuid);
  if (byUuid !== undefined) return byUuid.deviceId;
  const byMac = candidates.find(
    (known) =>
      known.macAddresses.some((mac) => identity.macAddresses.includes(mac)) && (known.smbiosUuid === null || identity.smbiosUuid === null),
  );
  return byMac?.deviceId ?? null;
}

/** A name for a machine that nobody has named: 15 characters, which every operating system accepts. */
export function nameForMachine(identity: MachineIdentity): string {
  const id = identity.macAddresses[0]?.replaceAll(':', '') ?? identity.smbiosUuid?.replaceAll('-', '').slice(-12) ?? 'unknown';
  return `pc-${id}`;
}
