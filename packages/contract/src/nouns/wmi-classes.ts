/**
 * The WMI classes that are answered from the hardware, with their properties. The agent's readers are typed by this table, and
 * queries are checked against it when a task sequence is saved. Meaning of the properties: Microsoft's class of the same name.
 */
export const wmiNamespaces = { cimv2: String.raw`root\cimv2`, tpm: String.raw`root\cimv2\Security\MicrosoftTpm` } as const;
const { cimv2, tpm } = wmiNamespaces;

interface WmiClass {
  readonly namespace: string;
  readonly properties: readonly string[];
}

export const wmiClasses = {
  Win32_BaseBoard: { namespace: cimv2, properties: ['Manufacturer', 'Product', 'SerialNumber', 'Version'] },
  Win32_Battery: { namespace: cimv2, properties: ['BatteryStatus', 'DeviceID', 'EstimatedChargeRemaining', 'Name'] },
  Win32_BIOS: { namespace: cimv2, properties: ['Manufacturer', 'ReleaseDate', 'SerialNumber', 'SMBIOSBIOSVersion', 'Version'] },
  Win32_ComputerSystem: {
    namespace: cimv2,
    properties: [
      'HypervisorPresent',
      'Manufacturer',
      'Model',
      'Name',
      'NumberOfLogicalProcessors',
      'NumberOfProcessors',
      'PCSystemType',
      'SystemFamily',
      'SystemSKUNumber',
      'TotalPhysicalMemory',
    ],
  },
  Win32_ComputerSystemProduct: { namespace: cimv2, properties: ['IdentifyingNumber', 'Name', 'SKUNumber', 'UUID', 'Vendor', 'Version'] },
  Win32_DiskDrive: {
    namespace: cimv2,
    properties: ['BytesPerSector', 'DeviceID', 'InterfaceType', 'MediaType', 'Model', 'Name', 'SerialNumber', 'Size'],
  },
  Win32_LogicalDisk: { namespace: cimv2, properties: ['DeviceID', 'DriveType', 'FileSystem', 'FreeSpace', 'Name', 'Size'] },
  Win32_NetworkAdapter: {
    namespace: cimv2,
    properties: ['AdapterType', 'DeviceID', 'MACAddress', 'Name', 'NetConnectionStatus', 'NetEnabled', 'PhysicalAdapter', 'Speed'],
  },
  Win32_NetworkAdapterConfiguration: {
    namespace: cimv2,
    properties: ['DefaultIPGateway', 'Description', 'DNSHostName', 'IPAddress', 'IPEnabled', 'MACAddress'],
  },
  Win32_OperatingSystem: {
    namespace: cimv2,
    properties: ['BuildNumber', 'Caption', 'OSArchitecture', 'TotalVisibleMemorySize', 'Version'],
  },
  Win32_Processor: {
    namespace: cimv2,
    properties: [
      'AddressWidth',
      'Architecture',
      'DeviceID',
      'Manufacturer',
      'MaxClockSpeed',
      'Name',
      'NumberOfCores',
      'NumberOfLogicalProcessors',
    ],
  },
  Win32_SystemEnclosure: { namespace: cimv2, properties: ['ChassisTypes', 'Manufacturer', 'SerialNumber', 'SMBIOSAssetTag', 'Version'] },
  Win32_Tpm: { namespace: tpm, properties: ['IsActivated_InitialValue', 'IsEnabled_InitialValue', 'SpecVersion'] },
} as const satisfies Record<string, WmiClass>;
export type WmiClassName = keyof typeof wmiClasses;
export type WmiPropertyName<C extends WmiClassName> = (typeof wmiClasses)[C]['properties'][number];

/** Every known class, in the order of the alphabet. */
export function wmiClassNames(): WmiClassName[] {
  // Object.keys loses the key type of a constant table.
  return Object.keys(wmiClasses) as WmiClassName[];
}
