/** What the server knows of a computer's hardware, as instances of WMI classes: only properties whose values are certain. */
import type { DeviceFacts, WmiClassName, WmiPropertyName } from '@ostler/contract';
import type { WmiValue } from '../facts.ts';

type KnownPart<C extends WmiClassName> = { readonly [P in WmiPropertyName<C>]?: WmiValue };
type Readers = { readonly [C in WmiClassName]?: (device: DeviceFacts) => readonly KnownPart<C>[] };

const readers: Readers = {
  Win32_BIOS: ({ serialNumber }) => [{ SerialNumber: serialNumber }],
  Win32_ComputerSystem: ({ manufacturer, model, memoryBytes, cpuCount }) => [
    { Manufacturer: manufacturer, Model: model, TotalPhysicalMemory: memoryBytes, NumberOfLogicalProcessors: cpuCount },
  ],
  Win32_ComputerSystemProduct: ({ manufacturer, model, serialNumber, smbiosUuid }) => [
    { Vendor: manufacturer, Name: model, IdentifyingNumber: serialNumber, UUID: smbiosUuid?.toUpperCase() ?? null },
  ],
  Win32_SystemEnclosure: ({ assetTag }) => [{ SMBIOSAssetTag: assetTag }],
  Win32_DiskDrive: ({ disks }) =>
    disks.map(({ name, model, sizeBytes }) => ({ DeviceID: `/dev/${name}`, Name: `/dev/${name}`, Model: model, Size: sizeBytes })),
  Win32_NetworkAdapter: ({ macAddresses }) => macAddresses.map((address) => ({ MACAddress: address.toUpperCase() })),
  Win32_NetworkAdapterConfiguration: ({ macAddresses }) => macAddresses.map((address) => ({ MACAddress: address.toUpperCase() })),
};

/** undefined: nothing is known of the class. */
export function knownInstances(className: WmiClassName, device: DeviceFacts): readonly Readonly<Record<string, WmiValue>>[] | undefined {
  return readers[className]?.(device);
}
