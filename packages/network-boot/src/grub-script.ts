/** The GRUB script for one machine and one decision: UEFI machines fetch it over HTTP from their start script. */
import type { BootDecision } from './boot-decision.ts';
import { fileUrlPath, kernelCommandLine, screenText } from './script-text.ts';
import type { SiteAddress } from './site-address.ts';

/** Who asked, and where the site is. */
interface Machine {
  readonly site: SiteAddress;
  readonly macAddress: string;
}
type Writers = { readonly [K in BootDecision['kind']]: (decision: Extract<BootDecision, { kind: K }>, machine: Machine) => string[] };

const writers: Writers = {
  'boot-environment': (decision, machine) => [echo(decision.reason), ...startEnvironment(decision, machine), ...localDiskLines],
  'wait-for-approval': (decision, machine) => [echo(decision.reason), ...startEnvironment(decision, machine), ...localDiskLines],
  menu: (decision, machine) => [
    echo(decision.reason),
    echo(`Press Esc within ${decision.timeoutSeconds} seconds to choose what to install. Otherwise the computer starts from its disk.`),
    // Only Esc ends GRUB's sleep, and makes it false.
    `if sleep --verbose --interruptible ${decision.timeoutSeconds}; then`,
    '  true',
    'else',
    ...startEnvironment(decision, machine).map((line) => `  ${line}`),
    'fi',
    ...localDiskLines,
  ],
  'local-disk': (decision) => [echo(decision.reason), ...localDiskLines],
};

/**
 * The whole script. A machine whose files cannot be loaded goes on to its own disk.
 */
export function grubScript(decision: BootDecision, site: SiteAddress, macAddress: string): string {
  // Safe: the table has for each kind the writer of that very kind.
  const write = writers[decision.kind] as (decision: BootDecision, machine: Machine) => string[];
  return `${write(decision, { site, macAddress }).join('\n')}\n`;
}

/**
 * Loaders of an installed system, in the order they are tried. `root` has to be set before the chain: with `($esp)/…` the loaded
 * program would get the network adapter as its device, and find no file system.
 * GRUB's own `exit` is the last resort: many firmwares end in their set-up screen instead of trying the next boot entry.
 */
const diskLoaders: readonly string[] = [
  '/EFI/Microsoft/Boot/bootmgfw.efi',
  '/EFI/debian/shimx64.efi',
  '/EFI/ubuntu/shimx64.efi',
  '/EFI/BOOT/BOOTX64.EFI',
];

export const localDiskLines: readonly string[] = [
  ...diskLoaders.flatMap((path) => [
    `if search --no-floppy --file --set=esp ${path}; then`,
    '  set root=$esp',
    `  if chainloader ${path}; then`,
    '    boot',
    '  fi',
    'fi',
  ]),
  'echo "No disk of this computer holds an operating system that can be started."',
  'sleep 5',
  'exit 1',
];

function startEnvironment({ environment }: Exclude<BootDecision, { kind: 'local-disk' }>, { site, macAddress }: Machine): string[] {
  const device = `(http,${site.filesHost})`;
  const commandLine = kernelCommandLine(site, environment, macAddress);
  return [
    'for try in 1 2 3 4 5; do',
    '  echo "Loading the boot environment ..."',
    `  if linux ${device}${fileUrlPath(environment.kernelSha256)} ${commandLine}; then`,
    `    if initrd ${device}${fileUrlPath(environment.initramfsSha256)}; then`,
    '      boot',
    '    fi',
    '  fi',
    '  echo "The boot environment could not be loaded (try $try of 5)."',
    '  sleep 5',
    'done',
  ];
}

function echo(text: string): string {
  return `echo "${screenText(text)}"`;
}
