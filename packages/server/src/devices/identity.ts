/** Who a machine is, by SMBIOS UUID, then MAC address, then serial number. Pure: the rows come from the store. */
import type { SiteSettings } from '@ostler/contract';
import { regardedSerial, serialKey } from './serial-number.ts';

/** What a machine says of itself. It proves nothing. */
export interface MachineIdentity {
  readonly smbiosUuid: string | null;
  readonly macAddresses: readonly string[];
  /** Firmware that asks what to boot does not say it. */
  readonly serialNumber?: string | null | undefined;
}
export interface KnownIdentity extends MachineIdentity {
  readonly deviceId: string;
  /** It was never approved and never deployed: it was only met on the network. */
  readonly isSeenOnly: boolean;
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
    serialNumber: regardedSerial(identity.serialNumber),
  };
}

/**
 * The device that the machine is. The UUID decides; a MAC address identifies only a device whose UUID is not known to be
 * another one, so that a docking station or a moved adapter does not turn one machine into another. A serial number identifies a
 * device of which no UUID is known, where no other device has the same; before one that was only met on the network.
 */
export function matchDevice(identity: MachineIdentity, candidates: readonly KnownIdentity[]): string | null {
  const found = matchAddress(identity, candidates);
  if (found !== undefined && !found.isSeenOnly) return found.deviceId;
  const bySerial = candidates.filter((known) => !known.isSeenOnly && hasSameSerial(identity, known));
  const [only] = bySerial;
  if (only !== undefined && bySerial.length === 1 && only.smbiosUuid === null) return only.deviceId;
  return found?.deviceId ?? null;
}

function matchAddress(identity: MachineIdentity, candidates: readonly KnownIdentity[]): KnownIdentity | undefined {
  const byUuid = candidates.find((known) => known.smbiosUuid !== null && known.smbiosUuid === identity.smbiosUuid);
  if (byUuid !== undefined) return byUuid;
  return candidates.find(
    (known) =>
      known.macAddresses.some((mac) => identity.macAddresses.includes(mac)) && (known.smbiosUuid === null || identity.smbiosUuid === null),
  );
}

export function hasSameSerial({ serialNumber }: MachineIdentity, known: MachineIdentity): boolean {
  return !!serialNumber && !!known.serialNumber && serialKey(serialNumber) === serialKey(known.serialNumber);
}

export function hasSameAddress({ smbiosUuid, macAddresses }: MachineIdentity, known: MachineIdentity): boolean {
  return (smbiosUuid !== null && known.smbiosUuid === smbiosUuid) || known.macAddresses.some((mac) => macAddresses.includes(mac));
}

/** A name for a machine that nobody has named: 15 characters, which every operating system accepts. */
export function nameForMachine(identity: MachineIdentity): string {
  const id = identity.macAddresses[0]?.replaceAll(':', '') ?? identity.smbiosUuid?.replaceAll('-', '').slice(-12) ?? 'unknown';
  return `pc-${id}`;
}
