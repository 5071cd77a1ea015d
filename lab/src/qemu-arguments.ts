/**
 * The command line of one QEMU machine: firmware, network adapters, disks, consoles. Pure; machine.ts makes the files and starts it.
 */

export type Firmware = 'bios' | 'uefi' | 'secure-boot';
export type Accelerator = 'kvm' | 'tcg';

export interface Adapter {
  readonly macAddress: string;
  readonly tap: string;
}

export interface DiskFile {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
}

export interface QemuMachine {
  readonly firmware: Firmware;
  /** `http`: UEFI HTTP Boot in place of PXE. Only UEFI firmware has it. */
  readonly boot: 'pxe' | 'http';
  readonly accelerator: Accelerator;
  readonly memoryMiB: number;
  readonly cpus: number;
  /** SMBIOS UUID, as the machine tells it. */
  readonly uuid: string;
  readonly serialNumber: string;
  /** In boot order: each is tried before any disk. */
  readonly adapters: readonly Adapter[];
  readonly disks: readonly DiskFile[];
  /** The machine's own copy of the firmware's variables; null with BIOS. */
  readonly variablesFile: string | null;
  readonly serialFile: string;
  /** Where its serial port can be typed at; null: nowhere. */
  readonly serialSocket: string | null;
  /** Its TPM's; null: it has none. */
  readonly tpmSocket: string | null;
  readonly qmpSocket: string;
}

/** Where Debian's and Ubuntu's `ovmf` puts its files. */
const ovmf = '/usr/share/OVMF';
interface FirmwareFiles {
  readonly machine: string;
  readonly code: string | null;
  /** What a machine's own variables are copied from. */
  readonly variables: string | null;
}
export const firmwareFiles: Readonly<Record<Firmware, FirmwareFiles>> = {
  bios: { machine: 'q35', code: null, variables: null },
  uefi: { machine: 'q35', code: `${ovmf}/OVMF_CODE_4M.fd`, variables: `${ovmf}/OVMF_VARS_4M.fd` },
  // Secure Boot with Microsoft's keys: its variables are protected by system management mode.
  'secure-boot': { machine: 'q35,smm=on', code: `${ovmf}/OVMF_CODE_4M.secboot.fd`, variables: `${ovmf}/OVMF_VARS_4M.ms.fd` },
};

export function qemuArguments(machine: QemuMachine): readonly string[] {
  return [
    '-nodefaults',
    '-machine',
    firmwareFiles[machine.firmware].machine,
    ...accelerator[machine.accelerator],
    '-smp',
    String(machine.cpus),
    '-m',
    String(machine.memoryMiB),
    '-uuid',
    machine.uuid,
    '-smbios',
    `type=1,manufacturer=Ostler,product=Lab machine,serial=${machine.serialNumber},uuid=${machine.uuid}`,
    ...firmwareArguments(machine),
    ...machine.adapters.flatMap((adapter, index) => adapterArguments(machine.firmware, adapter, index)),
    ...machine.disks.flatMap((disk, index) => diskArguments(disk, index, machine.adapters.length)),
    '-device',
    'virtio-rng-pci',
    ...tpmArguments(machine),
    '-vga',
    'std',
    '-display',
    'none',
    '-chardev',
    serialPort(machine),
    '-serial',
    'chardev:serial',
    '-qmp',
    `unix:${machine.qmpSocket},server=on,wait=off`,
  ];
}

/** Emulated, the plain processor is the fastest: of newer ones, programs use vector and cipher instructions that emulation is slow at. */
const accelerator: Readonly<Record<Accelerator, readonly string[]>> = {
  kvm: ['-accel', 'kvm', '-cpu', 'qemu64'],
  tcg: ['-accel', 'tcg,thread=multi', '-cpu', 'qemu64'],
};

function firmwareArguments({ firmware, boot, variablesFile }: QemuMachine): readonly string[] {
  const { code } = firmwareFiles[firmware];
  if (code === null || variablesFile === null) return [];
  const flash = [
    '-drive',
    `if=pflash,unit=0,format=raw,readonly=on,file=${code}`,
    '-drive',
    `if=pflash,unit=1,format=raw,file=${variablesFile}`,
  ];
  const secure = firmware === 'secure-boot' ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : [];
  // What a person would switch off in the firmware's set-up: HTTP Boot is then all that is left of network boot.
  const switches = boot === 'http' ? ['IPv4PXESupport', 'IPv6PXESupport'] : [];
  return [...flash, ...secure, ...switches.flatMap((name) => ['-fw_cfg', `name=opt/org.tianocore/${name},string=n`])];
}

function adapterArguments(firmware: Firmware, { macAddress, tap }: Adapter, index: number): readonly string[] {
  // Without a ROM file UEFI uses its own network stack; a BIOS machine boots from the network through the ROM.
  const rom = firmware === 'bios' ? '' : ',romfile=';
  return [
    '-netdev',
    `tap,id=net${index},ifname=${tap},script=no,downscript=no`,
    '-device',
    `virtio-net-pci,netdev=net${index},mac=${macAddress},bootindex=${index + 1}${rom}`,
  ];
}

/** Its output goes to the log, typed at or not. */
function serialPort({ serialFile, serialSocket }: QemuMachine): string {
  if (serialSocket === null) return `file,id=serial,path=${serialFile},append=on`;
  return `socket,id=serial,path=${serialSocket},server=on,wait=off,logfile=${serialFile},logappend=on`;
}

function tpmArguments({ tpmSocket }: QemuMachine): readonly string[] {
  if (tpmSocket === null) return [];
  return [
    '-chardev',
    `socket,id=tpm-chip,path=${tpmSocket}`,
    '-tpmdev',
    'emulator,id=tpm,chardev=tpm-chip',
    '-device',
    'tpm-crb,tpmdev=tpm',
  ];
}

function diskArguments({ path, format }: DiskFile, index: number, adapterCount: number): readonly string[] {
  return [
    '-drive',
    // The lab's disks are thrown away; what matters is that they survive the end of QEMU, which the host's page cache does.
    `if=none,id=disk${index},format=${format},file=${path},cache=unsafe,discard=unmap,detect-zeroes=unmap`,
    '-device',
    `virtio-blk-pci,drive=disk${index},bootindex=${adapterCount + index + 1},serial=lab-disk-${index}`,
  ];
}
