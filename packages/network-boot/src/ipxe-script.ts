/** The iPXE script for one machine and one decision: BIOS machines fetch it over HTTP. */
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
  'boot-environment': (decision, machine) => [`echo ${screenText(decision.reason)}`, ...startEnvironment(decision, machine)],
  'wait-for-approval': (decision, machine) => [`echo ${screenText(decision.reason)}`, ...startEnvironment(decision, machine)],
  menu: (decision, machine) => [
    `echo ${screenText(decision.reason)}`,
    // prompt fails when its time is over without a key.
    `prompt --timeout ${decision.timeoutSeconds * 1000} Press a key within ${decision.timeoutSeconds} seconds to choose what to install. Otherwise the computer starts from its disk. || goto disk`,
    ...startEnvironment(decision, machine),
  ],
  'local-disk': (decision) => [`echo ${screenText(decision.reason)}`, 'goto disk'],
};

/** The whole script. A machine whose files cannot be loaded goes on to its own disk. Source: iPXE's command reference. */
export function ipxeScript(decision: BootDecision, site: SiteAddress, macAddress: string): string {
  // Safe: the table has for each kind the writer of that very kind.
  const write = writers[decision.kind] as (decision: BootDecision, machine: Machine) => string[];
  return `${['#!ipxe', ...write(decision, { site, macAddress }), ...localDiskLines].join('\n')}\n`;
}

/**
 * BIOS: the first disk is started directly, for some firmwares end the whole boot when a network program exits; when it cannot be
 * started, exit lets the firmware try its next entry. iPXE on UEFI has no disk drive number: it exits.
 */
const localDiskLines: readonly string[] = [':disk', 'iseq ${platform} pcbios || exit', 'sanboot --no-describe --drive 0x80 || exit'];

function startEnvironment({ environment }: Exclude<BootDecision, { kind: 'local-disk' }>, { site, macAddress }: Machine): string[] {
  const commandLine = kernelCommandLine(site, environment, macAddress);
  return [
    'echo Loading the boot environment ...',
    // Named, because a content address tells the kernel loader nothing; UEFI kernels find their initramfs by the option.
    `kernel --name kernel ${site.filesUrl}${fileUrlPath(environment.kernelSha256)} initrd=initramfs ${commandLine} || goto failed`,
    `initrd --name initramfs ${site.filesUrl}${fileUrlPath(environment.initramfsSha256)} || goto failed`,
    'boot || goto failed',
    ':failed',
    'echo The boot environment could not be loaded.',
    'sleep 5',
    'goto disk',
  ];
}
